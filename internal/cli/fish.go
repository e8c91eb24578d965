// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"strings"
)

// fish writes a script for its completions directory.
func (p *Program) fish(w io.Writer) {
	fmt.Fprintf(w, "# fish completion for %s\n\ncomplete -c %[1]s -f\n", p.Name)
	for i := range p.Commands {
		c := &p.Commands[i]
		fmt.Fprintf(w, "\ncomplete -c %s -n __fish_use_subcommand -a %s -d %s\n", p.Name, c.Name, fishWord(c.Does))
		here := fmt.Sprintf("complete -c %s -n '__fish_seen_subcommand_from %s'", p.Name, c.Name)
		for _, o := range c.options() {
			fmt.Fprintf(w, "%s -o %s%s -d %s\n", here, o.name, fishValue(o), fishWord(o.does))
		}
		if c.Choices != nil {
			fmt.Fprintf(w, "%s -a '%s'\n", here, strings.Join(c.Choices, " "))
		}
		if c.takesFiles() {
			fmt.Fprintf(w, "%s -F\n", here)
		}
	}
	fmt.Fprintf(w, "\ncomplete -c %s -n __fish_use_subcommand -a help -d 'tell about a command'\n", p.Name)
}

func fishValue(o option) string {
	switch {
	case o.choices != nil:
		return " -x -a '" + strings.Join(o.choices, " ") + "'"
	case o.isFile():
		return " -r -F"
	case o.value != "":
		return " -x"
	}
	return ""
}

func fishWord(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
