// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"
)

// scenario is one measurement of the way between nodes: who sends what to whom.
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

func measureLink(ctx context.Context, r *result) error {
	all, err := nodes(ctx, 3)
	defer stopAll(all)
	if err != nil {
		return err
	}
	for _, s := range scenarios(time.Duration(r.Seconds * float64(time.Second))) {
		f := figures{scenario: s}
		for range r.Rounds {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			if err := f.measure(all); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		}
		r.Link = append(r.Link, f.median())
	}
	return nil
}

// measure makes a scenario's measurement once.
func (f *figures) measure(all []*child) error {
	if _, err := doAll(all, order{Do: "count"}); err != nil { // forget what was before
		return err
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
	counts, err := doAll(all, order{Do: "count"})
	if err != nil {
		return err
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
