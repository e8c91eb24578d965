// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"strings"
)

// zsh writes a script to be found in $fpath as _NAME, or to be sourced.
func (p *Program) zsh(w io.Writer) {
	fmt.Fprintf(w, "#compdef %s\n\n%s() {\n\tlocal -a commands\n\tcommands=(\n", p.Name, p.function())
	for i := range p.Commands {
		c := &p.Commands[i]
		fmt.Fprintf(w, "\t\t%s\n", zshWord(c.Name+":"+c.Does))
	}
	fmt.Fprintf(w, "\t\t%s\n\t)\n", zshWord("help:tell about a command"))
	fmt.Fprint(w, "\tif (( CURRENT == 2 )) || [[ CURRENT -eq 3 && $words[2] == help ]]; then\n"+
		"\t\t_describe command commands\n\t\treturn\n\tfi\n"+
		"\tshift words\n\t(( CURRENT-- ))\n\tcase $words[1] in\n")
	for i := range p.Commands {
		c := &p.Commands[i]
		fmt.Fprintf(w, "\t%s)\n\t\t_arguments", c.Name)
		for _, o := range c.options() {
			fmt.Fprintf(w, " \\\n\t\t\t%s", zshOption(o))
		}
		for i, a := range c.Args {
			fmt.Fprintf(w, " \\\n\t\t\t%s", zshArgument(c, i, a))
		}
		fmt.Fprint(w, " \\\n\t\t\t'-h[tell about the command]'\n\t\t;;\n")
	}
	fmt.Fprintf(w, "\tesac\n}\n\nif [[ $funcstack[1] == %s ]]; then\n\t%[1]s \"$@\"\nelse\n\tcompdef %[1]s %s\nfi\n", p.function(), p.Name)
}

func zshOption(o option) string {
	spec := "-" + o.name + "[" + zshText(o.does) + "]"
	switch {
	case o.choices != nil:
		spec += ":" + o.name + ":(" + strings.Join(o.choices, " ") + ")"
	case o.isFile():
		spec += ":" + zshText(o.value) + ":_files"
	case o.value != "":
		spec += ":" + zshText(o.value) + ":"
	}
	return zshWord(spec)
}

func zshArgument(c *Command, i int, name string) string {
	action, place := "", fmt.Sprint(i+1)
	if strings.HasSuffix(name, "…") {
		place = "*"
	}
	switch {
	case c.Choices != nil:
		action = "(" + strings.Join(c.Choices, " ") + ")"
	case c.takesFiles():
		action = "_files"
	}
	return zshWord(place + ":" + zshText(strings.TrimSuffix(name, "…")) + ":" + action)
}

// zshText keeps what has a meaning in a specification from having it.
func zshText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(s)
}

func zshWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
