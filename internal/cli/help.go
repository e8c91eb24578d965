// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"strings"
)

// columns is how wide help is: that of a terminal nobody has touched.
const columns = 80

// help is that of the whole program.
func (p *Program) help(w io.Writer) {
	fmt.Fprintf(w, "usage: %s COMMAND [FLAGS] [ARGUMENTS]\n\n%s\n", p.Name, strings.Join(wrap(sentence(p.Does), columns), "\n"))
	if p.Commands[0].Group == "" {
		fmt.Fprintln(w)
	}
	width := 0
	for i := range p.Commands {
		width = max(width, len([]rune(p.Commands[i].call())))
	}
	for i := range p.Commands {
		c := &p.Commands[i]
		if c.Group != "" {
			fmt.Fprintf(w, "\n%s:\n", c.Group)
		}
		item(w, c.call(), width, c.Does)
	}
	fmt.Fprintf(w, "\n%s COMMAND -h tells about one of them, %[1]s man is the manual page.\n", p.Name)
}

// helpOf is that of one command.
func (p *Program) helpOf(w io.Writer, c *Command) {
	fmt.Fprintf(w, "usage: %s\n\n%s\n", p.synopsis(c), strings.Join(wrap(sentence(c.Does), columns), "\n"))
	for _, a := range c.About {
		fmt.Fprintf(w, "\n%s\n", strings.Join(wrap(a, columns), "\n"))
	}
	all := c.options()
	width := 0
	for _, o := range all {
		width = max(width, min(len(o.written()), columns/3))
	}
	if len(all) > 0 {
		fmt.Fprintln(w)
	}
	for _, o := range all {
		item(w, o.written(), width, o.text())
	}
}

// call is a command with its arguments.
func (c *Command) call() string { return strings.Join(append([]string{c.Name}, c.Args...), " ") }

// synopsis is a command with everything it takes, in one line.
func (p *Program) synopsis(c *Command) string {
	words := []string{p.Name, c.Name}
	if all := c.options(); len(all) > 4 {
		words = append(words, "[FLAGS]")
	} else {
		for _, o := range all {
			words = append(words, "["+o.written()+"]")
		}
	}
	return strings.Join(append(words, c.Args...), " ")
}

// item writes a term and its text beside it, or below if the term is long.
func item(w io.Writer, term string, width int, text string) {
	indent := width + 4
	lines := wrap(text, columns-indent)
	if len([]rune(term)) > width {
		fmt.Fprintf(w, "  %s\n", term)
		term = ""
	}
	for _, l := range lines {
		fmt.Fprintf(w, "  %-*s  %s\n", width, term, l)
		term = ""
	}
}

// wrap breaks a text into lines between words.
func wrap(text string, width int) (lines []string) {
	line, n := "", 0
	for word := range strings.FieldsSeq(text) {
		l := len([]rune(word))
		if n > 0 && n+1+l > width {
			lines, line, n = append(lines, line), "", 0
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+word, n+l
	}
	return append(lines, line)
}

// sentence makes a phrase one.
func sentence(s string) string {
	return capital(s) + "."
}

// capital begins a phrase as a sentence begins.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
