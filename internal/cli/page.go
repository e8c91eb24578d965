// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Page writes the program's manual page, in roff.
func (p *Program) Page(w io.Writer) error {
	var b page
	b.head(p.Name, "1", p.Name+" manual")
	b.section("NAME")
	b.WriteString(line(escaped(p.Name) + ` \- ` + escaped(p.Does)))
	b.section("SYNOPSIS")
	b.WriteString(line(bold(p.Name) + " " + italic("COMMAND") + " [" + italic("FLAGS") + "] [" + italic("ARGUMENTS") + "]"))
	b.section("DESCRIPTION")
	for _, a := range p.About {
		b.WriteString(line(escaped(a)) + ".PP\n")
	}
	b.WriteString("A flag may be written with one hyphen or with two, and stand before or behind the arguments.\n")
	b.section("COMMANDS")
	var told *Command // whose flags stand there already
	for i := range p.Commands {
		c := &p.Commands[i]
		if c.Group != "" {
			b.subsection(capital(c.Group))
		}
		if p.entry(&b, c, told) {
			told = c
		}
	}
	for _, s := range p.Sections {
		b.section(strings.ToUpper(s.Title))
		for _, i := range s.Items {
			b.term(bold(i[0]), escaped(i[1]))
		}
	}
	if len(p.SeeAlso) > 0 {
		b.section("SEE ALSO")
		b.WriteString(line(references(p.SeeAlso)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// entry is one command's part of the page, and says whether its flags stand
// there: not again if it has the same as another one.
func (p *Program) entry(b *page, c, other *Command) bool {
	usage := bold(p.Name + " " + c.Name)
	all := c.options()
	if len(all) > 0 {
		usage += " [" + italic("FLAGS") + "]"
	}
	for _, a := range c.Args {
		usage += " " + italic(a)
	}
	b.term(usage, escaped(sentence(c.Does)))
	for _, a := range c.About {
		b.WriteString(".IP\n" + line(escaped(a)))
	}
	if len(all) == 0 {
		return false
	}
	if other != nil && slices.EqualFunc(all, other.options(), option.equal) {
		b.WriteString(".IP\n" + line("The flags are those of "+bold(p.Name+" "+other.Name)+"."))
		return false
	}
	b.WriteString(".RS\n")
	for _, o := range all {
		term := bold("-" + o.name)
		if o.value != "" {
			term += " " + italic(o.value)
		}
		b.term(term, escaped(o.text()))
	}
	b.WriteString(".RE\n")
	return true
}

// references are other pages: weir.toml(5) has its name in bold.
func references(pages []string) string {
	var all []string
	for _, p := range pages {
		name, section, _ := strings.Cut(p, "(")
		all = append(all, fmt.Sprintf("%s(%s", bold(name), section))
	}
	return strings.Join(all, ", ")
}
