// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"regexp"
	"strings"
)

// Title heads a manual page that is made of Markdown.
type Title struct {
	Name    string // weir.toml
	Section string // 5
	Does    string // one line
}

// MarkdownPage writes a page of docs/ as a manual page, in roff. It reads the
// Markdown that is written there: headings, paragraphs, lists of one level, tables,
// and blocks of code; and within a line code, bold, italics and links. The page's
// own heading becomes the description's.
func MarkdownPage(w io.Writer, t Title, markdown string, seeAlso ...string) error {
	var b page
	b.head(t.Name, t.Section, t.Name+" manual")
	b.section("NAME")
	b.WriteString(line(escaped(t.Name) + ` \- ` + escaped(t.Does)))
	for _, block := range blocksOf(markdown) {
		block.write(&b)
	}
	b.section("SEE ALSO")
	b.WriteString(line(references(seeAlso)))
	_, err := io.WriteString(w, b.String())
	return err
}

// block is a paragraph, an item, a row, a heading or a block of code.
type block struct {
	kind  blockKind
	lines []string // as they stand in the page, without the marks
	first bool     // behind a heading, where roff wants no paragraph
}

type blockKind int

const (
	proseBlock blockKind = iota
	codeBlock
	itemBlock
	rowBlock
	heading1
	heading2
	heading3
)

// marks begin a line of each kind.
var marks = []struct {
	mark string
	kind blockKind
}{{"# ", heading1}, {"## ", heading2}, {"### ", heading3}, {"* ", itemBlock}, {"- ", itemBlock}, {"| ", rowBlock}}

// blocksOf takes a page apart.
func blocksOf(markdown string) (all []block) {
	fenced, open := false, false // in a block of code; the last block goes on
	for l := range strings.Lines(markdown) {
		l = strings.TrimRight(l, "\n")
		switch {
		case strings.HasPrefix(l, "```"):
			if fenced = !fenced; fenced {
				all = append(all, block{kind: codeBlock, first: behindHeading(all)})
			}
			open = false
		case fenced:
			last := &all[len(all)-1]
			last.lines = append(last.lines, l)
		case l == "":
			open = false
		default:
			kind, text := proseBlock, strings.TrimSpace(l)
			for _, m := range marks {
				if rest, ok := strings.CutPrefix(l, m.mark); ok {
					kind, text = m.kind, rest
				}
			}
			if kind == proseBlock && open {
				last := &all[len(all)-1]
				last.lines = append(last.lines, text)
				continue
			}
			if kind == rowBlock && ruled.MatchString(text) { // what stands above it is the head
				all = all[:len(all)-1]
				continue
			}
			all = append(all, block{kind, []string{text}, behindHeading(all)})
			open = kind == proseBlock || kind == itemBlock
		}
	}
	return all
}

func behindHeading(all []block) bool { return len(all) > 0 && all[len(all)-1].kind >= heading1 }

// ruled is the line below a table's head.
var ruled = regexp.MustCompile(`^[-| :]+$`)

func (k *block) write(b *page) {
	text := strings.Join(k.lines, " ")
	switch k.kind {
	case heading1:
		b.section("DESCRIPTION")
	case heading2:
		b.section(plain(text))
	case heading3:
		b.subsection(plain(text))
	case codeBlock:
		if !k.first {
			b.WriteString(".PP\n")
		}
		b.literal(k.lines)
	case itemBlock:
		b.WriteString(".IP \\(bu 2\n" + line(inline(text)))
	case rowBlock:
		cells := strings.Split(strings.Trim(text, "| "), " | ")
		b.term(inline(cells[0]), inline(strings.Join(cells[1:], "; ")))
	default:
		if !k.first {
			b.WriteString(".PP\n")
		}
		b.WriteString(line(inline(text)))
	}
}

// inlineMark is what is not plain within a line: code, bold, italics, a link.
var inlineMark = regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*|\\*([^*]+)\\*|\\[([^]]+)\\]\\(([^)]+)\\)")

// inline is a line's Markdown as roff.
func inline(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range inlineMark.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(escaped(text[at:m[0]]))
		at = m[1]
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		switch {
		case group(1) != "":
			b.WriteString(bold(group(1)))
		case group(2) != "":
			b.WriteString(bold(group(2)))
		case group(3) != "":
			b.WriteString(italic(group(3)))
		default:
			b.WriteString(link(group(4), group(5)))
		}
	}
	b.WriteString(escaped(text[at:]))
	return b.String()
}

// link keeps an address that a reader of the page can follow.
func link(text, to string) string {
	if strings.HasPrefix(to, "https://") && text != to {
		return inline(text) + " (" + escaped(to) + ")"
	}
	return inline(text)
}

// plain is a heading without its marks.
func plain(text string) string { return strings.ReplaceAll(text, "`", "") }
