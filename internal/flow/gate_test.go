// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"
	"testing"
	"time"

	"weir/engine"
)

var _ engine.Gate = (*Gate)(nil)

func marks() *Marks {
	return &Marks{Low: 100, High: 1000, Hard: 5000, Share: 200, Lease: time.Second, Budget: 1 << 20}
}

// everybody is there still.
func everybody(uint32) bool { return true }

// admission is one run that somebody brings.
type admission struct {
	src       uint32
	n, queued int
	want      engine.Verdict
}

// bring is what an outbox does with a run.
func bring(g *Gate, src uint32, n, queued int) engine.Verdict {
	v := g.Admit(src, n, queued)
	if v != engine.Refused {
		g.Charge(src, n)
	}
	return v
}

// Who has how much, and what that means (design, Back-pressure).
func TestAdmit(t *testing.T) {
	rows := []struct {
		name string
		runs []admission
	}{
		{"alone, up to High", []admission{{1, 999, 0, engine.Queued}, {1, 1, 999, engine.Queued}, {1, 1, 1000, engine.Hold}}},
		{"the run that passes the share is taken", []admission{{1, 1001, 0, engine.Hold}}},
		{"two have half each", []admission{{1, 500, 0, engine.Queued}, {2, 500, 500, engine.Queued}, {1, 1, 1000, engine.Hold}, {2, 1, 1001, engine.Hold}}},
		{"what others have there is not its own", []admission{{1, 100, 4000, engine.Queued}}},
		{"many have the least share", []admission{
			{1, 1, 0, engine.Queued}, {2, 1, 0, engine.Queued}, {3, 1, 0, engine.Queued}, {4, 1, 0, engine.Queued},
			{5, 1, 0, engine.Queued}, {6, 1, 0, engine.Queued}, {7, 200, 0, engine.Queued}, {8, 201, 0, engine.Hold}}},
		{"above Hard nobody's share counts", []admission{{1, 1, 4999, engine.Queued}, {2, 1, 5000, engine.Hold}}},
		{"held, and brings more all the same", []admission{{1, 1001, 0, engine.Hold}, {1, 1, 1001, engine.Hold}}},
		{"one that is held holds nobody else", []admission{{1, 1001, 0, engine.Hold}, {2, 500, 1001, engine.Queued}}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			g := NewGate(marks(), func(uint32) {}, func() int64 { return 0 }, everybody)
			for i, a := range r.runs {
				if got := bring(g, a.src, a.n, a.queued); got != a.want {
					t.Errorf("run %d: verdict %d, want %d", i, got, a.want)
				}
			}
		})
	}
}

func TestAdmitOverBudget(t *testing.T) {
	held := int64(1 << 20)
	g := NewGate(marks(), func(uint32) {}, func() int64 { return held }, everybody)
	if v := g.Admit(1, 1, 0); v != engine.Queued {
		t.Errorf("at the budget: %d", v)
	}
	held++
	if v := g.Admit(2, 1, 0); v != engine.Refused {
		t.Errorf("above the budget: %d", v)
	}
	held--
	if v := g.Admit(2, 1, 0); v != engine.Queued {
		t.Errorf("at the budget again: %d", v)
	}
}

// Above the hard mark what a source has in hand is queued, and it is held; one
// large stanza after another is not.
func TestAdmitAboveHard(t *testing.T) {
	m := marks()
	g := NewGate(m, func(uint32) {}, func() int64 { return 0 }, everybody)
	if v := g.Admit(1, 1, m.Hard); v != engine.Hold {
		t.Errorf("a small run: %d", v)
	}
	if v := g.Admit(2, runMax+1, m.Hard); v != engine.Refused {
		t.Errorf("a large stanza: %d", v)
	}
}

// Once its lease is over a source is refused until the congestion is.
func TestLeaseOver(t *testing.T) {
	var woken []uint32
	g := NewGate(marks(), func(src uint32) { woken = append(woken, src) }, func() int64 { return 0 }, everybody)
	bring(g, 1, 2000, 0)
	bring(g, 2, 2000, 2000)
	bring(g, 3, 10, 4000)
	g.LeaseOver(1)
	g.LeaseOver(3) // was never held: a lease of another congestion
	g.LeaseOver(9) // has nothing here
	for src, want := range map[uint32]engine.Verdict{1: engine.Refused, 2: engine.Hold, 3: engine.Queued} {
		if v := g.Admit(src, 1, 4010); v != want {
			t.Errorf("source %d: verdict %d, want %d", src, v, want)
		}
	}
	g.Low()
	if !slices.Equal(woken, []uint32{2}) {
		t.Errorf("woken: %v; source 1 is read again already, source 3 always was", woken)
	}
}

// What a source is refused is not charged to it, nor is it held for it.
func TestRefusedCostsNothing(t *testing.T) {
	g := NewGate(marks(), func(uint32) { t.Error("woken") }, func() int64 { return 0 }, everybody)
	bring(g, 1, 2000, 0)
	g.LeaseOver(1)
	for range 3 {
		if v := g.Admit(1, 1<<20, 2000); v != engine.Refused {
			t.Errorf("verdict %d", v)
		}
	}
	if n := g.debts[1].bytes; n != 2000 {
		t.Errorf("in debt for %d bytes", n)
	}
	g.Low()
}

// A receiver that stays behind, but takes what comes, holds nobody: what is
// written is owed no more.
func TestDebtsArePaid(t *testing.T) {
	g := NewGate(marks(), func(uint32) { t.Error("woken") }, func() int64 { return 0 }, everybody)
	g.Charge(1, 300) // waited when it fell behind
	for i := range 1000 {
		if v := bring(g, 1, 100, 300); v != engine.Queued {
			t.Fatalf("run %d: verdict %d", i, v)
		}
		g.Pay(1, 100)
	}
	if v := bring(g, 1, 701, 300); v != engine.Hold {
		t.Errorf("more than its share: verdict %d", v)
	}
}

// Who has paid all has no part in the shares any more; who is held, or refused,
// stays so, and is held once in a congestion.
func TestPaidUp(t *testing.T) {
	g := NewGate(marks(), func(uint32) {}, func() int64 { return 0 }, everybody)
	bring(g, 1, 100, 0)
	bring(g, 2, 1200, 100)
	g.Pay(1, 100)
	if v := bring(g, 3, 500, 1200); v != engine.Queued {
		t.Errorf("with two debtors: verdict %d", v)
	}
	g.Pay(2, 1200)
	if v := bring(g, 2, 1, 0); v != engine.Hold {
		t.Errorf("on its lease: verdict %d", v)
	}
	g.LeaseOver(2)
	g.Pay(2, 1)
	if v := bring(g, 2, 1, 0); v != engine.Refused {
		t.Errorf("after its lease: verdict %d", v)
	}
	g.Pay(3, 500)
	if v := bring(g, 4, 500, 0); v != engine.Queued {
		t.Errorf("beside one that is refused: verdict %d", v)
	}
	if v := bring(g, 4, 1, 500); v != engine.Hold {
		t.Errorf("half is its share: verdict %d", v)
	}
}

// In a congestion that does not end, sources that were refused and have left are
// struck off the books, and those that are there keep their share; what such a one has
// waiting counts as its debt until it is written.
func TestSourcesThatLeaveAreForgotten(t *testing.T) {
	const visitors = 10_000
	last := uint32(0) // of the visitors: each one comes when the one before has left
	alive := func(src uint32) bool { return src >= last }
	g := NewGate(marks(), func(uint32) {}, func() int64 { return 0 }, alive)
	owes := uint32(1)
	if bring(g, owes, 1001, 0) != engine.Hold { // it leaves at once, with all this waiting
		t.Fatal("a run over its share does not hold its source")
	}
	for last = 2; last < visitors; last++ {
		bring(g, last, 1001, 1001)
		g.LeaseOver(last)
		g.Pay(last, 1001) // the receiver reads, and never catches up
		if len(g.debts) > 2*auditLeast {
			t.Fatalf("%d sources in the books, of which two are there", len(g.debts))
		}
	}
	if got := g.Admit(last-1, 1, 1001); got == engine.Queued {
		t.Error("one that was refused and is there still is taken again")
	}
	g.Pay(owes, 1001)
	g.strikeOff()
	if g.debts[owes] != nil {
		t.Error("one that has gone and owes nothing stays in the books")
	}
}
