// SPDX-License-Identifier: Apache-2.0

//go:build !race

// Under the race detector sync.Pool drops some of what it is given.

package engine

import "testing"

// The hot path allocates nothing: appending to an outbox and writing it.
func TestAppendAndFlushAllocateNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		runs []*Run
	}{
		{"one unit", []*Run{units(1)}},
		{"a run", []*Run{units(64)}},
		{"a batch of runs", []*Run{units(1), units(64), units(3), units(64), units(64)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, l, drain := sink(t)
			n := testing.AllocsPerRun(500, func() {
				for _, r := range c.runs {
					if v := conn.Append(l, r); v != Queued {
						t.Fatalf("verdict %v", v)
					}
				}
				l.flush()
				drain()
			})
			if n != 0 {
				t.Errorf("%v allocations", n)
			}
			if conn.Queued() != 0 || l.Count.BytesOut == 0 {
				t.Errorf("%d bytes wait, %d are written", conn.Queued(), l.Count.BytesOut)
			}
		})
	}
}
