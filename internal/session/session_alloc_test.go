// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// hot is a bed in which reads of many stanzas go from one component to others,
// through scanner, session, router, table and outbox to the socket.
type hot struct {
	b      *bed
	from   *peer
	to     []*peer
	feed   []byte
	buf    []byte
	stanza int
}

func newHot(t testing.TB, names, stanzas int, header string) *hot {
	h := &hot{b: newBed(t, usual()), buf: make([]byte, 1<<20), stanza: stanzas}
	h.from = h.b.connect(0).negotiate("from.example", header).joined()
	for i := range names {
		h.to = append(h.to, h.b.join(0, fmt.Sprintf("to%d.example", i)).joined())
	}
	body := strings.Repeat("x", 60)
	for i := range stanzas {
		h.feed = fmt.Appendf(h.feed, "<message from='bot@from.example' to='user@to%d.example' type='chat' id='%08d'><body>%s</body></message>",
			i%names, i, body)
	}
	return h
}

// round is one read, one batch, and the receivers' taking it.
func (h *hot) round() {
	h.from.h.loop.Data(h.from.slot, h.feed, driver.Open)
	h.from.h.loop.EndBatch(driver.Now())
	for _, p := range h.to {
		for {
			n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(p.fd), uintptrOf(h.buf), uintptr(len(h.buf)))
			if errno != 0 || n == 0 {
				break
			}
		}
	}
}

func TestForwardAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool forgets things under the race detector")
	}
	for _, c := range []struct {
		name   string
		names  int
		header string
	}{{"1", 1, ""}, {"64", 64, ""}, {"lang", 1, " xml:lang='en'"}} {
		t.Run(c.name, func(t *testing.T) {
			h := newHot(t, c.names, 256, c.header)
			for range 50 {
				h.round()
			}
			if n := testing.AllocsPerRun(200, h.round); n != 0 {
				t.Errorf("%v allocations for 256 stanzas", n)
			}
			c, delivered := h.b.counts()
			if want := int64(251 * 256); delivered != want || c.Accepted != want {
				t.Errorf("delivered %d of %d, want %d", delivered, c.Accepted, want)
			}
		})
	}
}

// BenchmarkForward is everything but the waiting: a read of 256 stanzas of 180
// bytes to 1 or to 64 components, written to their sockets. "lang" is for a sender whose
// header has a language, as libstrophe's: each of its stanzas is written anew.
func BenchmarkForward(b *testing.B) {
	for _, names := range []int{1, 64} {
		b.Run(fmt.Sprint(names), func(b *testing.B) { benchForward(b, names, "") })
	}
	b.Run("lang", func(b *testing.B) { benchForward(b, 1, " xml:lang='en'") })
}

func benchForward(b *testing.B, names int, header string) {
	h := newHot(b, names, 256, header)
	b.SetBytes(int64(len(h.feed)))
	b.ReportAllocs()
	for b.Loop() {
		h.round()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*h.stanza), "ns/stanza")
}
