// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Goal is a figure and what is wanted of it.
type Goal struct {
	What     string    `json:"what"`
	Unit     string    `json:"unit"`
	Rounds   []float64 `json:"rounds"` // the figure of each
	Measured float64   `json:"measured"`
	Wanted   float64   `json:"wanted"`
	AtLeast  bool      `json:"at_least"`        // else at most
	Floor    bool      `json:"floor,omitempty"` // nothing is wanted: another proxy's, to compare with
	Detail   string    `json:"detail"`
}

// Settle makes the figure of the rounds.
func (g *Goal) Settle() *Goal {
	g.Measured = Median(g.Rounds)
	return g
}

// Met says whether the figure is as wanted.
func (g *Goal) Met() bool {
	if g.AtLeast {
		return g.Measured >= g.Wanted
	}
	return g.Measured <= g.Wanted
}

func (g *Goal) cells() []string {
	limit, verdict := "at most", "met"
	if g.AtLeast {
		limit = "at least"
	}
	limit = fmt.Sprintf("%s %.4g", limit, g.Wanted)
	switch {
	case g.Floor:
		limit, verdict = "", "floor"
	case !g.Met():
		verdict = "MISSED"
	}
	var rounds []string
	for _, r := range g.Rounds {
		rounds = append(rounds, fmt.Sprintf("%.4g", r))
	}
	return []string{g.What, fmt.Sprintf("%.4g %s", g.Measured, g.Unit), limit, verdict,
		strings.Join(rounds, ", "), g.Detail}
}

var goalHeads = []string{"figure", "measured", "wanted", "", "rounds", "medians behind it"}

// PrintGoals writes goals as a table for a terminal.
func PrintGoals(w io.Writer, goals []*Goal) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(goalHeads, "\t"))
	for _, g := range goals {
		fmt.Fprintln(t, strings.Join(g.cells(), "\t"))
	}
	return t.Flush()
}

// MarkdownGoals writes them as a table in Markdown.
func MarkdownGoals(w io.Writer, goals []*Goal) {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(goalHeads, " | "), strings.Repeat("---|", len(goalHeads)))
	for _, g := range goals {
		fmt.Fprintf(w, "| %s |\n", strings.Join(g.cells(), " | "))
	}
}
