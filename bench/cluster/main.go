// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"weir/bench"
)

// scenario is one measurement: who sends what to whom.
type scenario struct {
	Name string `json:"name"`
	Goal string `json:"goal,omitempty"`
	from []int
	order
}

func scenarios(each time.Duration) []scenario {
	return []scenario{
		{"180 B, one node to another", "≥ 500,000 /s", []int{0}, order{Do: "load", To: []int{1}, For: each, Bytes: 180, PerTick: 256}},
		{"180 B, every node to every other", "≥ 500,000 /s", []int{0, 1, 2}, order{Do: "load", To: []int{0, 1, 2}, For: each, Bytes: 180, PerTick: 256}},
		{"180 B, single, 1,000 /s", "p50 < 0.5 ms", []int{0}, order{Do: "pace", To: []int{1}, For: each, Bytes: 180, Rate: 1000}},
		{"600 B, one node to another", "", []int{0}, order{Do: "load", To: []int{1}, For: each, Bytes: 600, PerTick: 64}},
	}
}

func main() {
	seconds := flag.Int("seconds", 5, "how long each measurement takes")
	rounds := flag.Int("rounds", 3, "how often each is made; the median counts")
	asJSON := flag.String("json", "", "write the figures to this file")
	asMarkdown := flag.String("markdown", "", "write the table to this file too")
	number := flag.Int("node", -1, "be this node (the program starts itself so)")
	routes := flag.String("routes", "", "addresses of the nodes' servers")
	flag.Parse()
	var err error
	if *number >= 0 {
		err = runNode(*number, strings.Split(*routes, ","))
	} else {
		err = run(time.Duration(*seconds)*time.Second, *rounds, *asJSON, *asMarkdown)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(each time.Duration, rounds int, asJSON, asMarkdown string) error {
	all, err := nodes(3)
	defer func() {
		for _, c := range all {
			c.stop()
		}
	}()
	if err != nil {
		return err
	}
	r := result{Machine: bench.ThisMachine(), Date: time.Now().UTC(), Rounds: rounds, Seconds: each.Seconds()}
	for _, s := range scenarios(each) {
		f := figures{scenario: s}
		for range rounds {
			if err := f.measure(all); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		}
		r.Figures = append(r.Figures, f.median())
	}
	return r.write(asJSON, asMarkdown)
}

// measure makes a scenario's measurement once.
func (f *figures) measure(all []*child) error {
	for _, c := range all { // forget what was before
		if _, err := c.do(order{Do: "count"}); err != nil {
			return err
		}
	}
	for _, n := range f.from {
		o := f.order
		o.To = without(o.To, n)
		if err := all[n].order(o); err != nil {
			return err
		}
	}
	sent := 0
	for _, n := range f.from {
		a, err := all[n].answer()
		if err != nil {
			return err
		}
		sent += a.Sent
	}
	var counts []answer
	for _, c := range all {
		a, err := c.do(order{Do: "count"})
		if err != nil {
			return err
		}
		counts = append(counts, a)
	}
	return f.add(sent, counts)
}

func without(all []int, n int) (others []int) {
	for _, o := range all {
		if o != n {
			others = append(others, o)
		}
	}
	return others
}
