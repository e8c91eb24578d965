// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"strings"
)

// bash writes a script that needs nothing but bash.
func (p *Program) bash(w io.Writer) {
	fmt.Fprintf(w, "# bash completion for %s\n\n%s() {\n", p.Name, p.function())
	fmt.Fprint(w, "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"+
		"\tCOMPREPLY=()\n"+
		"\tif [[ $COMP_CWORD == 1 || $COMP_CWORD == 2 && $before == help ]]; then\n"+
		"\t\tmapfile -t COMPREPLY < <(compgen -W '"+strings.Join(p.names(), " ")+"' -- \"$word\")\n"+
		"\t\treturn\n\tfi\n"+
		"\tcase ${COMP_WORDS[1]}:${before/#--/-} in\n")
	for i := range p.Commands {
		c := &p.Commands[i]
		for _, o := range c.options() {
			if o.value == "" {
				continue
			}
			reply := "\t\treturn" // a value that nobody can guess
			if o.isFile() {
				reply = "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n\t\tcompopt -o filenames 2>/dev/null\n\t\treturn"
			} else if o.choices != nil {
				reply = "\t\tmapfile -t COMPREPLY < <(compgen -W '" + strings.Join(o.choices, " ") + "' -- \"$word\")\n\t\treturn"
			}
			fmt.Fprintf(w, "\t%s:-%s)\n%s\n\t\t;;\n", c.Name, o.name, reply)
		}
	}
	fmt.Fprint(w, "\tesac\n\tcase ${COMP_WORDS[1]} in\n")
	for i := range p.Commands {
		c := &p.Commands[i]
		words := append([]string{}, c.Choices...)
		for _, o := range c.options() {
			words = append(words, "-"+o.name)
		}
		files := ""
		if c.takesFiles() {
			files = "\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n\t\tcompopt -o filenames 2>/dev/null"
		}
		fmt.Fprintf(w, "\t%s)%s\n\t\twords='%s'\n\t\t;;\n", c.Name, files, strings.Join(append(words, "-h"), " "))
	}
	fmt.Fprintf(w, "\tesac\n\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\ncomplete -F %s %s\n", p.function(), p.Name)
}
