// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestEndOfStream: weir answers the end of a component's stream with the end of its own, after what it still had to send.
func TestEndOfStream(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness := dial(t, w, "w.example")
	t.Run("alone", func(t *testing.T) {
		dial(t, w, "c.example").End()
	})
	t.Run("in one piece with stanzas", func(t *testing.T) {
		witness, p := witness.In(t), dial(t, w, "c.example")
		m := "<message from='c.example' to='w.example'/>"
		p.Send(m + m + xmpptest.Trailer)
		witness.Expect(m + m)
		p.Expect(xmpptest.Trailer)
		p.ExpectClosed()
	})
	t.Run("with an answer still to come", func(t *testing.T) {
		p := dial(t, w, "c.example")
		p.Send("<message from='c.example' to='nobody.example' id='1'/>" + xmpptest.Trailer)
		p.Expect(notFound("message", "nobody.example", "c.example", "1") + xmpptest.Trailer)
		p.ExpectClosed()
	})
	t.Run("with much still to send", func(t *testing.T) {
		p := dial(t, w, "c.example")
		m := "<message from='c.example' to='c.example'><body>" + strings.Repeat("x", 1000) + "</body></message>"
		p.Send(strings.Repeat(m, 50) + xmpptest.Trailer)
		p.Expect(strings.Repeat(m, 50) + xmpptest.Trailer)
		p.ExpectClosed()
	})
	t.Run("before the handshake", func(t *testing.T) {
		p := xmpptest.Connect(t, w.Addr())
		p.Open("c.example")
		p.Send(xmpptest.Trailer)
		p.Expect(xmpptest.Trailer)
		p.ExpectClosed()
	})
	t.Run("something behind it", func(t *testing.T) {
		witness, p := witness.In(t), dial(t, w, "c.example")
		p.Send(xmpptest.Trailer + "<message from='c.example' to='w.example'/>")
		p.Expect(xmpptest.Trailer)
		p.ExpectClosed()
		witness.Sync()
	})
	t.Run("half closed without an end", func(t *testing.T) {
		witness, p := witness.In(t), dial(t, w, "c.example")
		m := "<message from='c.example' to='w.example'/>"
		p.Send(m)
		p.HalfClose()
		witness.Expect(m)
		rest, reset := p.ReadAll()
		if reset || (rest != "" && rest != xmpptest.Trailer) {
			t.Errorf("received %q (reset: %v), want at most weir's end of the stream", rest, reset)
		}
	})
}

// TestDroppedConnection: a connection that breaks frees its name. How soon weir hears of it is the kernel's affair, so the test
// asks until the name is free; a name that stays taken meets the deadline of the test kit.
func TestDroppedConnection(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness := dial(t, w, "w.example")
	for _, tt := range []struct {
		name string
		drop func(*xmpptest.Peer)
	}{
		{"closed", (*xmpptest.Peer).Close},
		{"reset", (*xmpptest.Peer).Reset},
		{"closed in mid-stanza", func(p *xmpptest.Peer) { p.Send(open + "<body>half"); p.Close() }},
		{"reset in mid-stanza", func(p *xmpptest.Peer) { p.Send(open + "<body>half"); p.Reset() }},
		{"reset in mid-character", func(p *xmpptest.Peer) { p.Send(open + "\xf0\x9f"); p.Reset() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			witness := witness.In(t)
			tt.drop(dial(t, w, "c.example"))
			xmpptest.DialWhenFree(t, w.Addr(), "c.example", secret).End()
			witness.Sync()
		})
	}
}

// TestShutdown: every component is told that weir leaves, in a way after which libraries come back; weir's exit status is 0.
func TestShutdown(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			w := xmpptest.StartWeir(t, listener)
			var peers []*xmpptest.Peer
			for i := range 20 {
				peers = append(peers, dial(t, w, fmt.Sprintf("c%d.example", i)))
			}
			unfinished := xmpptest.Connect(t, w.Addr())
			unfinished.Open("unfinished.example")

			// What was under way is still delivered.
			m := "<message from='c0.example' to='c1.example'><body>" + strings.Repeat("x", 1000) + "</body></message>"
			peers[0].Send(strings.Repeat(m, 20))
			peers[1].Expect(m)
			peers[0].Sync()
			w.Signal(signal)
			peers[1].Expect(strings.Repeat(m, 19))
			for _, p := range peers {
				p.ExpectStreamErrorWithText("system-shutdown")
				p.Close() // weir would wait for it a while
			}
			unfinished.ReadAll()
			if status := w.Wait(); status != 0 {
				t.Errorf("exit status %d, want 0", status)
			}
		})
	}
}

// TestShutdownWithoutReaders: a component that does not read does not hold weir up for ever.
func TestShutdownWithoutReaders(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	stuck := xmpptest.Connect(t, w.Addr())
	stuck.ReadSlowly()
	stuck.Open("stuck.example")
	stuck.Login(secret)
	p := dial(t, w, "c.example")
	m := "<message from='c.example' to='stuck.example'><body>" + strings.Repeat("x", 10000) + "</body></message>"
	for range 50 {
		p.Send(m)
	}
	w.Stop()
}

// TestDrainWindow: the goodbyes are spread over drain_window. Nobody gets one before its share of the window has passed, and
// the last comes at its end.
func TestDrainWindow(t *testing.T) {
	const window = 2 * time.Second
	w := xmpptest.StartWeir(t, "[engine]\nloops = 1\ndrain_window = \"2s\"\n"+listener)
	const components = 4
	left := make(chan time.Duration, components)
	var begun time.Time
	var peers []*xmpptest.Peer
	for i := range components {
		peers = append(peers, dial(t, w, fmt.Sprintf("c%d.example", i)))
	}
	begun = time.Now()
	w.Signal(syscall.SIGTERM)
	for _, p := range peers {
		go func() {
			p.ReadAll()
			left <- time.Since(begun)
		}()
	}
	var all []time.Duration
	for range components {
		all = append(all, <-left)
	}
	slices.Sort(all)
	if all[0] < window/components/2 || all[components-1] < window*9/10 {
		t.Errorf("goodbyes after %v, want them spread over %v", all, window)
	}
}
