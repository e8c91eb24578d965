// SPDX-License-Identifier: Apache-2.0

package client

import "weir/bench/traffic"

// place gives every connection a loop, so that the ends of a flow have the same:
// connections that flows join, directly or not, stay together.
func (f *Fleet) place(conns int, flows []*traffic.Flow) []*loop {
	head := make([]int, conns)
	for i := range head {
		head[i] = i
	}
	find := func(i int) int {
		for head[i] != i {
			head[i] = head[head[i]]
			i = head[i]
		}
		return i
	}
	for _, flow := range flows {
		a, b := find(flow.Source), find(flow.Target)
		head[max(a, b)] = min(a, b)
	}
	spread, last := f.loops, f.loops[len(f.loops)-1]
	if f.cfg.Apart > 0 {
		spread = f.loops[:len(f.loops)-1]
	}
	home := make([]*loop, conns)
	groups := 0
	for i := range home {
		switch h := find(i); {
		case h != i:
			home[i] = home[h]
		case f.cfg.Apart > 0 && i >= f.cfg.Apart:
			home[i] = last
		default:
			home[i] = spread[groups%len(spread)]
			groups++
		}
	}
	return home
}
