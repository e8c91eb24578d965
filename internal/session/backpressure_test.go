// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/engine/driver"
	"weir/internal/flow"
	"weir/internal/wire"
)

// tight are marks that a few stanzas reach.
func tight(loops int) bedConfig {
	c := usual()
	c.loops = loops
	c.marks = flow.Marks{Low: 8 << 10, High: 64 << 10, Hard: 256 << 10, Share: 16 << 10, Lease: 200 * time.Millisecond, Budget: 256 << 20}
	return c
}

func inBubble(t *testing.T, c bedConfig, f func(t *testing.T, b *bed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newBed(t, c)) })
}

func countErrors(heard, condition string) int { return strings.Count(heard, "<"+condition+" ") }

// A source with more than its share at one that does not read is held, for the
// lease; then it is read again, and what it brings is refused until the other
// has caught up (behaviour, section 7).
func TestHoldLeaseRefuse(t *testing.T) {
	for _, loops := range []int{1, 2} {
		inBubble(t, tight(loops), func(t *testing.T, b *bed) {
			to, from, small := b.join(0, "b.example").joined().narrow(), b.join(loops-1, "a.example").joined(), b.join(0, "c.example").joined()
			flood := func(n int) {
				for range n {
					from.queue(long("a.example", "b.example", "f", 1000))
				}
			}
			flood(200)
			b.settle()
			if !from.held() || len(from.out) == 0 {
				t.Fatal("the source is not held")
			}
			// What waited when its socket was first full is nobody's debt; the
			// run that passes the share is taken.
			const most = 64<<10 + 64<<10 + runBytes
			if n := to.s.conn.Queued(); n < 64<<10 || n > most {
				t.Errorf("%d bytes wait when the source is held", n)
			}
			from.wants("")
			small.says(msg("c.example", "b.example", "s1")) // has its share all the same
			small.wants("")
			b.turn(200*time.Millisecond - 1)
			b.settle()
			if !from.held() {
				t.Fatal("read before the lease is over")
			}
			b.turn(1)
			b.settle()
			got := from.hears()
			refused := countErrors(got, "resource-constraint")
			if from.held() || len(from.out) > 0 || refused == 0 || refused != strings.Count(got, "<message") {
				t.Fatalf("after the lease: held %v, %d refused, %d answers", from.held(), refused, strings.Count(got, "<message"))
			}
			from.says(msg("a.example", "b.example", "x") + msg("a.example", "c.example", "y"))
			from.wants(errorTo("message", "b.example", "a.example", "x", wire.ResourceConstraint))
			small.wants(msg("a.example", "c.example", "y")) // others hear it as ever
			small.says(msg("c.example", "b.example", "s2"))

			heard := to.hears()
			if n := strings.Count(heard, "'f'"); n != 200-refused || strings.Count(heard, "'s1'") != 1 || strings.Count(heard, "'s2'") != 1 {
				t.Errorf("%d came, %d were refused", n, refused)
			}
			from.says(msg("a.example", "b.example", "z")) // caught up, all is forgotten
			to.wants(msg("a.example", "b.example", "z"))

			flood(200) // and it begins anew, with another hold: this time it ends when the other reads
			b.settle()
			if !from.held() {
				t.Fatal("not held the second time")
			}
			heard = to.hears()
			b.settle()
			heard += to.hears()
			for range 20 {
				b.settle()
				heard += to.hears()
			}
			if n := strings.Count(heard, "'f'"); n != 200 || from.held() {
				t.Errorf("%d of 200 came to one that reads, held %v", n, from.held())
			}
			if c, _ := b.counts(); c.Held < 2 {
				t.Errorf("%d holds", c.Held)
			}
			b.balanceBooks()
		})
	}
}

// Two that flood each other and do not read: each is held, neither for ever, and
// nobody else is. When they read, all goes on.
func TestFloodingEachOther(t *testing.T) {
	for _, loops := range []int{1, 2} {
		inBubble(t, tight(loops), func(t *testing.T, b *bed) {
			one, two := b.join(0, "a.example").joined().narrow(), b.join(loops-1, "b.example").joined().narrow()
			x, y := b.join(0, "x.example").joined(), b.join(loops-1, "y.example").joined()
			const said = 3000
			for range said {
				one.queue(long("a.example", "b.example", "1", 500))
				two.queue(long("b.example", "a.example", "2", 500))
			}
			for range 90 { // less than the stall time
				b.pump()
				b.turn(100 * time.Millisecond)
				x.says(msg("x.example", "y.example", "q"))
				y.wants(msg("x.example", "y.example", "q"))
			}
			if n := one.s.conn.Queued() + two.s.conn.Queued(); n > 2*(256<<10) {
				t.Errorf("%d bytes wait", n)
			}
			heard := map[*peer]string{}
			for range 2000 {
				b.pump()
				heard[one] += one.hears()
				heard[two] += two.hears()
				b.turn(10 * time.Millisecond)
			}
			if len(one.out)+len(two.out) > 0 {
				t.Errorf("%d and %d bytes were never read, held %v and %v", len(one.out), len(two.out), one.held(), two.held())
			}
			for p, q := range map[*peer]*peer{one: two, two: one} {
				if n := strings.Count(heard[p], "<body>") + countErrors(heard[q], "resource-constraint"); n != said {
					t.Errorf("%d of %d are accounted for", n, said)
				}
			}
			b.balanceBooks()
		})
	}
}

// A thousand senders to one that reads: nothing is lost, nothing refused.
func TestThousandSendersToOne(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("a thousand connections, all on one goroutine")
	}
	c := usual()
	c.loops = 2
	inBubble(t, c, func(t *testing.T, b *bed) {
		to := b.join(0, "b.example").joined()
		const senders, each = 1000, 40
		for i := range senders {
			p := b.join(i%2, fmt.Sprintf("a%d.example", i)).joined()
			for n := range each {
				p.queue(long(p.name, "b.example", fmt.Sprintf("%d-%d", i, n), 1000))
			}
		}
		heard := 0
		for some := true; some; {
			some = b.pump()
			heard += strings.Count(to.hears(), "</message>")
			b.turn(10 * time.Millisecond)
		}
		heard += strings.Count(to.hears(), "</message>")
		if c, _ := b.counts(); heard != senders*each || c.Answered+c.InputEvicted != 0 {
			t.Errorf("%d of %d came, %d were answered, %d given up", heard, senders*each, c.Answered, c.InputEvicted)
		}
		b.balanceBooks()
	})
}

// A sender that does not read the answers it causes is not read either; when it
// reads, each of its stanzas has one.
func TestWhoDoesNotReadItsAnswers(t *testing.T) {
	c := tight(1)
	c.answers = AnswerLimits{Reserve: 64 << 10, Rate: 1 << 30, BytesRate: 1 << 40}
	inBubble(t, c, func(t *testing.T, b *bed) {
		p := b.join(0, "a.example").joined().narrow()
		const said = 10_000
		for range said {
			p.queue(msg("a.example", "nobody.example", "1"))
		}
		b.settle()
		b.turn(time.Second)
		b.settle()
		if !p.held() || len(p.out) == 0 {
			t.Fatal("it is read on")
		}
		if n := p.s.conn.Queued(); n > 65<<10 {
			t.Errorf("%d bytes of answers wait, the reserve is %d", n, 64<<10)
		}
		heard := 0
		for range 1000 {
			heard += countErrors(p.hears(), "remote-server-not-found")
			b.settle()
		}
		if heard != said || p.held() {
			t.Errorf("%d of %d are answered, held %v", heard, said, p.held())
		}
		b.balanceBooks()
	})
}

// Errors are given at a bounded rate; who causes more is read more slowly, and
// nobody else.
func TestAnswerRate(t *testing.T) {
	c := usual()
	c.answers = AnswerLimits{Reserve: 64 << 10, Rate: 1000, BytesRate: 1 << 30}
	inBubble(t, c, func(t *testing.T, b *bed) {
		p, x := b.join(0, "a.example").joined(), b.join(0, "x.example").joined()
		const said = 3000
		for range said {
			p.queue(msg("a.example", "nobody.example", "1"))
		}
		heard := 0
		for ms := 0; heard < said; ms++ {
			b.settle()
			heard += countErrors(p.hears(), "remote-server-not-found")
			if allowed := 1000 + ms + 1; heard > allowed || heard < min(said, allowed-2) {
				t.Fatalf("after %d ms %d answers, %d are allowed", ms, heard, allowed)
			}
			x.says(msg("x.example", "x.example", "q"))
			x.wants(msg("x.example", "x.example", "q"))
			b.turn(time.Millisecond)
		}
		b.balanceBooks()
	})
}

// Who takes nothing for the stall time is closed. What it was not sent goes back
// to each sender, those who have left meanwhile by their name.
func TestStuckReceiverIsClosed(t *testing.T) {
	for _, loops := range []int{1, 2} {
		inBubble(t, tight(loops), func(t *testing.T, b *bed) {
			b.join(loops-1, "b.example").joined().narrow()
			stays, leaves, returns := b.join(0, "a.example").joined(), b.join(0, "l.example").joined(), b.join(0, "r.example").joined()
			for _, p := range []*peer{stays, leaves, returns} {
				for i := range 20 {
					p.says(long(p.name, "b.example", fmt.Sprint(i), 500))
				}
				p.says("<message type='error' from='" + p.name + "' to='b.example'/><iq type='result' id='1' from='" + p.name + "' to='b.example'/>")
			}
			leaves.says("</stream:stream>")
			returns.says("</stream:stream>")
			returned := b.join(loops-1, "r.example").joined()
			b.turn(10*time.Second - 1)
			if b.hub.Table.Lookup([]byte("b.example")) == nil {
				t.Fatal("closed before its time")
			}
			stays.wants("")
			b.turn(1)
			b.turn(0)
			if b.hub.Table.Lookup([]byte("b.example")) != nil {
				t.Fatal("not closed")
			}
			_, written := b.counts()
			answers := []int{countErrors(stays.hears(), "remote-server-not-found"), countErrors(returned.hears(), "remote-server-not-found")}
			counts, _ := b.counts()
			if got := int(written) + answers[0] + answers[1] + int(counts.AnswersLost); got != 60 || answers[1] != 20 || counts.AnswersLost != 20 {
				t.Errorf("of 60 messages %d were written, %v answered, %d answers lost", written, answers, counts.AnswersLost)
			}
			if counts.Dropped != 6 {
				t.Errorf("%d errors and results dropped, want 6", counts.Dropped)
			}
			stays.says(msg("a.example", "b.example", "x"))
			stays.wants(errorTo("message", "b.example", "a.example", "x", wire.RemoteServerNotFound))
			b.balanceBooks()
		})
	}
}

// Who ends while it is held has said what it has said: all that was read counts,
// at once if it is broken, else when it is read on.
func TestEndWhileHeld(t *testing.T) {
	for _, end := range []driver.Status{driver.End, driver.Failed} {
		inBubble(t, tight(1), func(t *testing.T, b *bed) {
			b.join(0, "b.example").joined().narrow()
			from, x := b.join(0, "a.example").joined(), b.join(0, "x.example").joined()
			var said strings.Builder
			for range 10 {
				for range 30 {
					said.WriteString(long("a.example", "b.example", "f", 1000))
				}
			}
			said.WriteString(msg("a.example", "x.example", "last"))
			for _, piece := range []string{said.String()[:200_000], said.String()[200_000:]} {
				from.h.loop.Data(from.slot, []byte(piece), driver.Open) // the second is late data
				b.turn(0)
			}
			if !from.held() || from.s.conn.Held() == 0 {
				t.Fatal("not held")
			}
			x.wants("")
			from.ends(end)
			if end == driver.End {
				x.wants("")
				b.turn(200 * time.Millisecond)
			}
			x.wants(msg("a.example", "x.example", "last"))
			if c, _ := b.counts(); c.Accepted != 301 {
				t.Errorf("%d of 301 stanzas are accepted", c.Accepted)
			}
			if b.hub.Table.Lookup([]byte("a.example")) != nil {
				t.Error("it still has its name")
			}
			b.turn(11 * time.Second)
			b.turn(0)
			b.balanceBooks()
		})
	}
}

// What a stream has sent whole and we do not go through, because we hold it for
// somebody else's sake, is not unfinished: nobody is closed for it.
func TestHeldSendersAreNotGivenUp(t *testing.T) {
	c := tight(1)
	c.input = 16 << 10
	inBubble(t, c, func(t *testing.T, b *bed) {
		b.join(0, "b.example").joined().narrow()
		const senders, each = 20, 400
		var all []*peer
		for i := range senders {
			p := b.join(0, fmt.Sprintf("a%d.example", i)).joined()
			all = append(all, p)
			for n := range each {
				p.queue(long(p.name, "b.example", fmt.Sprintf("%d-%d", i, n), 150))
			}
		}
		for range 20 {
			b.settle()
			b.turn(50 * time.Millisecond)
		}
		if c, _ := b.counts(); c.InputEvicted != 0 {
			t.Errorf("%d of %d senders were closed because one receiver is stuck", c.InputEvicted, senders)
		}
		for _, p := range all {
			if p.s.ended {
				t.Errorf("%s has been ended", p.name)
			}
		}

	})
}

// A component that asks to be a subdomain of nothing is told so.
func TestSubdomainWithoutHosts(t *testing.T) {
	inBubble(t, usual(), func(t *testing.T, b *bed) {
		p := b.connect(0).negotiate("chat", " is_subdomain='true'")
		if got := p.hears(); !strings.Contains(got, "<host-unknown ") || !strings.HasSuffix(got, "</stream:stream>") {
			t.Errorf("hears %q", got)
		}
	})
}
