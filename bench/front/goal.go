// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// goal is a figure and what is wanted of it.
type goal struct {
	What     string    `json:"what"`
	Unit     string    `json:"unit"`
	Rounds   []float64 `json:"rounds"` // the figure of each
	Measured float64   `json:"measured"`
	Wanted   float64   `json:"wanted"`
	AtLeast  bool      `json:"at_least"` // else at most
	Detail   string    `json:"detail"`
}

// settle makes the figure of the rounds.
func (g *goal) settle() *goal {
	v := slices.Sorted(slices.Values(g.Rounds))
	g.Measured = (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	return g
}

func (g *goal) met() bool {
	if g.AtLeast {
		return g.Measured >= g.Wanted
	}
	return g.Measured <= g.Wanted
}

func (g *goal) cells() []string {
	limit, verdict := "at most", "met"
	if g.AtLeast {
		limit = "at least"
	}
	if !g.met() {
		verdict = "MISSED"
	}
	var rounds []string
	for _, r := range g.Rounds {
		rounds = append(rounds, fmt.Sprintf("%.4g", r))
	}
	return []string{g.What, fmt.Sprintf("%.4g %s", g.Measured, g.Unit), fmt.Sprintf("%s %.4g", limit, g.Wanted), verdict,
		strings.Join(rounds, ", "), g.Detail}
}

var heads = []string{"figure", "measured", "wanted", "", "rounds", "medians behind it"}

func printGoals(w io.Writer, goals []*goal) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(heads, "\t"))
	for _, g := range goals {
		fmt.Fprintln(t, strings.Join(g.cells(), "\t"))
	}
	return t.Flush()
}

func markdownGoals(w io.Writer, goals []*goal) {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for _, g := range goals {
		fmt.Fprintf(w, "| %s |\n", strings.Join(g.cells(), " | "))
	}
}
