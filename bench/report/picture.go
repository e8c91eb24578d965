// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"

	"weir/bench"
)

// Theme is the colours of a picture: a page has those that its reader wants, a
// picture cannot ask.
type Theme string

const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Picture writes a page with what of a set says most at a glance, to be made a
// picture of, PictureWidth wide.
func Picture(w io.Writer, set *bench.Set, theme Theme) error {
	d := drawer{set}
	var s section
	take := func(from section, n int) { s.Bars = append(s.Bars, from.Bars[:min(n, len(from.Bars))]...) }
	take(d.throughput(), 2)
	take(d.connects(), 1)
	take(d.memory(), 1)
	if len(s.Bars) == 0 {
		return fmt.Errorf("nothing in these results makes a picture")
	}
	p := &page{Title: "XMPP component servers, measured", Theme: string(theme), Sections: []section{s}}
	m := set.Machine
	p.Machines = []string{
		"Longer is better, but for memory. haproxy and copier pass bytes on and read no XML.",
		"CPU s/M: the server's processor seconds for a million stanzas. Medians of rounds.",
		fmt.Sprintf("%s, %d cores shared with the load tool, %s, commit %s.", set.Began.Format("2 January 2006"), m.Cores, m.CPU, m.Tool),
	}
	return templates.ExecuteTemplate(w, "picture.html", p)
}

// PictureWidth is how wide a picture's page is meant to be, in its own pixels.
const PictureWidth = 880
