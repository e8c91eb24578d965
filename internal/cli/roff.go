// SPDX-License-Identifier: Apache-2.0

package cli

import "strings"

// page is a manual page as it is written, in the man macros that man-db and
// mandoc both know.
type page struct{ strings.Builder }

// head begins a page; whatever builds it twice gets the same bytes, so there is
// no date.
func (p *page) head(name, section, title string) {
	p.WriteString(".TH " + quoted(strings.ToUpper(name)) + " " + section + " \"\" " + quoted("weir") + " " + quoted(title) + "\n")
	p.WriteString(".nh\n.ad l\n") // names of keys stay whole
}

func (p *page) section(title string) { p.WriteString(".SH " + quoted(title) + "\n") }
func (p *page) subsection(t string)  { p.WriteString(".SS " + quoted(t) + "\n") }

// term is an entry of a list; both texts are roff already.
func (p *page) term(term, roff string) { p.WriteString(".TP\n" + line(term) + line(roff)) }

// literal is text as it stands.
func (p *page) literal(lines []string) {
	p.WriteString(".RS 4\n.nf\n")
	for _, l := range lines {
		p.WriteString(line(escaped(l)))
	}
	p.WriteString(".fi\n.RE\n")
}

// line ends a text line, and keeps one that begins like a macro from being one.
func line(roff string) string {
	if strings.HasPrefix(roff, ".") || strings.HasPrefix(roff, "'") {
		roff = `\&` + roff
	}
	return roff + "\n"
}

// escaped is text as roff. A hyphen is one that can be copied into a shell.
func escaped(s string) string { return roffEscapes.Replace(s) }

var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`,
	"…", "...", "–", `\(en`, "→", `\(->`, "µ", `\(mc`, "×", `\(mu`, "§", `\(sc`)

func bold(s string) string   { return `\fB` + escaped(s) + `\fR` }
func italic(s string) string { return `\fI` + escaped(s) + `\fR` }

// quoted is a macro's argument.
func quoted(s string) string { return `"` + strings.ReplaceAll(escaped(s), `"`, `\(dq`) + `"` }
