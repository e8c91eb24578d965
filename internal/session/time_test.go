// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/engine/driver"
)

const header = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='a.example'>"

func timed(t *testing.T, timeout time.Duration, f func(t *testing.T, b *bed)) {
	synctest.Test(t, func(t *testing.T) {
		c := usual()
		c.settings.StateTimeout = timeout
		f(t, newBed(t, c))
	})
}

// The header has its time from the accept on, whatever dribbles in (behaviour,
// section 1), and the handshake has it again from the header on.
func TestStateTimeout(t *testing.T) {
	tooLate := streamError("connection-timeout", "")
	t.Run("nothing comes", func(t *testing.T) {
		timed(t, 5*time.Second, func(t *testing.T, b *bed) {
			p := b.connect(0)
			b.turn(5*time.Second - 1)
			p.wants("")
			b.turn(1)
			got := p.hears()
			if !strings.HasPrefix(got, "<?xml version='1.0'?><stream:stream ") || !strings.HasSuffix(got, tooLate) || !p.eof {
				t.Errorf("hears %q", got)
			}
			if c, _ := b.counts(); c.TimedOut != 1 {
				t.Errorf("%d timed out", c.TimedOut)
			}
		})
	})
	t.Run("a dribbled header", func(t *testing.T) {
		timed(t, 5*time.Second, func(t *testing.T, b *bed) {
			p := b.connect(0)
			for i := range 50 {
				p.says(header[i : i+1])
				b.turn(100*time.Millisecond - 1)
			}
			p.wants("")
			b.turn(50)
			if got := p.hears(); !strings.HasSuffix(got, tooLate) || !p.eof {
				t.Errorf("hears %q", got)
			}
		})
	})
	t.Run("a slow handshake", func(t *testing.T) {
		timed(t, 5*time.Second, func(t *testing.T, b *bed) {
			p := b.connect(0)
			b.turn(4 * time.Second)
			p.says(header)
			shake := proof(p.hears())
			for range 40 { // other elements and blanks do not extend it
				p.says(" <x/>")
				b.turn(100 * time.Millisecond)
			}
			b.turn(time.Second - 1)
			p.wants("")
			b.turn(1)
			p.over(tooLate)
			p.says(shake)
			if b.hub.Table.Len() != 0 {
				t.Error("it is registered all the same")
			}
		})
	})
	t.Run("in time, twice", func(t *testing.T) {
		timed(t, 5*time.Second, func(t *testing.T, b *bed) {
			p := b.connect(0)
			b.turn(5*time.Second - 1)
			p.says(header)
			shake := proof(p.hears())
			b.turn(5*time.Second - 1)
			p.says(shake)
			p.wants("<handshake/>")
			b.turn(time.Hour)
			p.wants("")
		})
	})
	t.Run("0 is at once", func(t *testing.T) {
		timed(t, 0, func(t *testing.T, b *bed) {
			p := b.connect(0)
			if got := p.hears(); !strings.HasSuffix(got, tooLate) || !p.eof {
				t.Errorf("hears %q", got)
			}
		})
	})
	t.Run("infinity is never", func(t *testing.T) {
		timed(t, Infinite, func(t *testing.T, b *bed) {
			p := b.connect(0)
			b.turn(1000 * time.Hour)
			p.says(header)
			shake := proof(p.hears())
			b.turn(1000 * time.Hour)
			p.says(shake)
			p.wants("<handshake/>")
		})
	})
}

// A peer that ends its side before it has begun is not told of an end.
func TestEndBeforeTheHeader(t *testing.T) {
	b := newBed(t, usual())
	p := b.connect(0)
	p.ends(driver.End)
	p.over("")
	p = b.connect(0)
	p.says(header)
	p.hears()
	p.ends(driver.End)
	p.over("</stream:stream>")
}

// A shaped stream is read at exactly its rate, whatever it offers, and not one
// byte above; nothing is lost, and nobody else is slowed.
func TestShaper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate = 10_000
		b := newBed(t, usual())
		shaped := b.anotherListener(func(s *Settings) { s.Shaper = rate })
		to, other := b.join(0, "b.example").joined(), b.join(0, "c.example").joined()
		began := driver.Now()
		p := b.connectAt(0, shaped)
		p.queue(header)
		b.pump()
		p.queue(proof(p.hears()))
		b.pump()
		p.wants("<handshake/>")
		offered := len(header) + 51 // read so far
		read := func() int { return offered - len(p.out) }
		m := long("a.example", "b.example", "1", 900)
		for range 200 {
			p.queue(m)
			offered += len(m)
		}
		heard := 0
		for i := 0; len(p.out) > 0; i++ {
			b.pump()
			allowed := rate + int((driver.Now()-began)*rate/int64(time.Second))
			if n := read(); n > allowed {
				t.Fatalf("after %v %d bytes are read, %d are allowed", time.Duration(driver.Now()-began), n, allowed)
			} else if n < allowed-rate/50 && len(p.out) > 0 {
				t.Fatalf("after %v only %d bytes are read of %d", time.Duration(driver.Now()-began), n, allowed)
			}
			other.says(msg("c.example", "c.example", "x"))
			other.wants(msg("c.example", "c.example", "x"))
			heard += strings.Count(to.hears(), "</message>")
			b.turn(time.Millisecond)
		}
		heard += strings.Count(to.hears(), "</message>")
		if heard != 200 {
			t.Errorf("%d of 200 messages came", heard)
		}
		// What is sent to it is not shaped.
		to.says(strings.Repeat(long("b.example", "a.example", "2", 1000), 50))
		if n := strings.Count(p.hears(), "</message>"); n != 50 {
			t.Errorf("%d of 50 messages came back", n)
		}
		b.balanceBooks()
	})
}
