// SPDX-License-Identifier: Apache-2.0

package session

import (
	"testing"

	"weir/engine"
	"weir/engine/driver"
)

// What was read of a held stream is neither lost nor forgotten, however the stream
// ends: told goodbye it is gone through, replaced or broken it is counted.
func TestHeldInputHasAnEnd(t *testing.T) {
	rows := []struct {
		name      string
		end       func(b *bed, p *peer)
		delivered bool
	}{
		{"shutdown", func(_ *bed, p *peer) { p.s.Shutdown() }, true},
		{"end of the peer", func(_ *bed, p *peer) { p.s.End(false) }, true},
		{"replaced", func(b *bed, p *peer) {
			b.join(0, "a.example").joined()
			p.hears()
			p.ends(driver.End)
		}, false},
		{"aborted", func(_ *bed, p *peer) { p.s.conn.Abort(engine.CauseAborted) }, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			b := newBed(t, kicking())
			from, to := b.join(0, "a.example").joined(), b.join(0, "b.example").joined()
			from.s.conn.Hold(holdRate)
			text := msg("a.example", "b.example", "1") + msg("a.example", "b.example", "2")
			from.says(text + "<message from='a.ex")
			to.wants("")
			before, _ := b.counts()
			r.end(b, from)
			b.turn(0)
			want := ""
			if r.delivered {
				want = text
			}
			to.wants(want)
			from.hears()
			b.settle()
			c, _ := b.counts()
			if n := c.Accepted - before.Accepted; n != 2 {
				t.Errorf("%d of 2 stanzas were counted", n)
			}
			b.balanceBooks()
		})
	}
}

// Answers that a replaced component was not sent are counted: nobody else wants them.
func TestKickCountsLostAnswers(t *testing.T) {
	b := newBed(t, kicking())
	old := b.join(0, "a.example").joined().narrow()
	const n = 300
	for range n {
		old.says(msg("a.example", "nobody.example", "1"))
	}
	heard := 0
	b.join(0, "a.example").joined()
	b.settle()
	for out := old.hears(); out != ""; out = old.hears() {
		heard += len(out)
	}
	c, _ := b.counts()
	if c.AnswersLost == 0 || c.AnswersLost > n {
		t.Errorf("%d of %d answers count as lost; %d bytes were heard", c.AnswersLost, n, heard)
	}
}
