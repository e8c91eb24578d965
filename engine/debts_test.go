// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"maps"
	"math/rand/v2"
	"testing"
)

// ledger is a gate that keeps the books.
type ledger map[uint32]int

func (g ledger) Admit(uint32, int, int) Verdict { return Queued }
func (g ledger) Charge(src uint32, n int)       { g[src] += n }
func (g ledger) Low()                           {}

func (g ledger) Pay(src uint32, n int) {
	if g[src] -= n; g[src] == 0 {
		delete(g, src)
	}
}

// owed is what waits, by source; a unit begun counts whole.
func owed(o *outbox) ledger {
	all := ledger{}
	for k := o.head; k != nil; k = k.next {
		start := k.start()
		for _, u := range k.u[k.done:] {
			if u.src != 0 {
				all[u.src] += int(u.end - start)
			}
			start = u.end
		}
	}
	return all
}

// While a peer is behind, what its gate has been told to charge and to pay is
// what waits, whenever the gate was opened and however the bytes go out.
func TestDebtsAreWhatWaits(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var books ledger
		l := &Loop{eng: &Engine{cfg: Config{NewGate: func(*Conn) Gate { books = ledger{}; return books }}}}
		c := &Conn{loop: l}
		o := &c.out
		o.state = writing // so nothing is sent
		for step := range 300 {
			switch rng.IntN(8) {
			case 0:
				c.Write(l, make([]byte, 1+rng.IntN(9000)))
			case 1, 2, 3:
				src := uint32(1 + rng.IntN(3))
				units := make([]string, 1+rng.IntN(6))
				for i := range units {
					units[i] = unitText(src, step, unitSize(rng))
				}
				c.Append(l, runOf(src, units...))
			case 4: // it falls behind, or has caught up
				if o.state, o.gate = blocked, nil; rng.IntN(2) == 0 {
					o.state = writing
				}
			default:
				if o.queued > 0 {
					c.wrote(l, 1+rng.IntN(o.queued))
				}
			}
			if o.gate != nil && !maps.Equal(books, owed(o)) {
				t.Fatalf("seed %d, step %d: the books say %v, %v wait", seed, step, books, owed(o))
			}
			l.dirty = l.dirty[:0]
		}
	}
}
