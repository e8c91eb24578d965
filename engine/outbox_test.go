// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// modelUnit is a unit in the model of an outbox: a plain list.
type modelUnit struct {
	text string
	src  uint32
}

type model struct {
	units []modelUnit
	off   int // written of the first
}

func (m *model) bytes() string {
	var s strings.Builder
	for _, u := range m.units {
		s.WriteString(u.text)
	}
	return s.String()[m.off:]
}

func (m *model) consume(n int) (delivered int64) {
	for n > 0 {
		left := len(m.units[0].text) - m.off
		if n < left {
			m.off += n
			return delivered
		}
		if m.units[0].src != 0 {
			delivered++
		}
		n -= left
		m.units, m.off = m.units[1:], 0
	}
	return delivered
}

// contents is what would be written, as far as one write goes.
func (o *outbox) contents() string {
	var s strings.Builder
	off := o.off
	for k := o.head; k != nil; k = k.next {
		s.Write(k.b[off:])
		off = 0
	}
	return s.String()
}

func left(o *outbox) (out []modelUnit) {
	u := Unsent{head: o.head}
	u.Each(func(b []byte, src uint32) { out = append(out, modelUnit{string(b), src}) })
	return out
}

func foreign(units []modelUnit) (out []modelUnit) {
	for _, u := range units {
		if u.src != 0 {
			out = append(out, u)
		}
	}
	return out
}

// An outbox under random puts and writes is a list of units.
func TestOutboxIsAList(t *testing.T) {
	before := OutboxBytes()
	for seed := range uint64(15) {
		rng := rand.New(rand.NewPCG(seed, 7))
		var o outbox
		var m model
		var count Counters
		delivered := int64(0)
		for step := range 120 {
			switch rng.IntN(4) {
			case 0:
				text := unitText(0, step, 1+rng.IntN(300))
				o.putOwn([]byte(text))
				m.units = append(m.units, modelUnit{text, 0})
			case 1, 2:
				src := uint32(1 + rng.IntN(3))
				units := make([]string, 1+rng.IntN(6))
				for i := range units {
					units[i] = unitText(src, step*10+i, unitSize(rng))
					m.units = append(m.units, modelUnit{units[i], src})
				}
				o.put(runOf(src, units...))
			default:
				n := rng.IntN(len(m.bytes()) + 1)
				if o.queued > 0 && n > 0 {
					o.consume(n, &count, nil)
					delivered += m.consume(n)
				}
			}
			checkModel(t, &o, &m)
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, step)
			}
		}
		if count.Delivered != delivered {
			t.Fatalf("seed %d: %d units delivered, not %d", seed, count.Delivered, delivered)
		}
		m.checkYield(t, &o)
		u := Unsent{head: o.head}
		u.free()
	}
	if n := OutboxBytes() - before; n != 0 {
		t.Errorf("%d bytes of outboxes are left", n)
	}
}

// unitSize is mostly small, sometimes larger than any chunk.
func unitSize(rng *rand.Rand) int {
	switch rng.IntN(20) {
	case 0:
		return 60000 + rng.IntN(20000)
	case 1, 2:
		return 3000 + rng.IntN(3000)
	}
	return 1 + rng.IntN(400)
}

func checkModel(t *testing.T, o *outbox, m *model) {
	t.Helper()
	want := m.bytes()
	if got := o.contents(); got != want {
		t.Errorf("the outbox holds %d bytes, not these %d", len(got), len(want))
	}
	if o.queued != len(want) {
		t.Errorf("queued is %d, not %d", o.queued, len(want))
	}
	if got, want := left(o), foreign(m.units); !slices.Equal(got, want) {
		t.Errorf("%d units are unsent, not these %d", len(got), len(want))
	}
	begun := ""
	if m.off > 0 {
		begun = m.units[0].text[m.off:]
	}
	if got := string(o.begun()); got != begun {
		t.Errorf("the rest of the unit begun is %.40q, not %.40q", got, begun)
	}
	if (o.head == nil) != (len(want) == 0) || (o.tail == nil) != (len(want) == 0) {
		t.Errorf("head %p, tail %p with %d bytes", o.head, o.tail, len(want))
	}
	var parts [flushParts]unix.Iovec
	n, size := o.gather(&parts)
	if sum := 0; n > 0 {
		for _, p := range parts[:n] {
			sum += int(p.Len)
		}
		if sum != size || n < flushParts && size != len(want) {
			t.Errorf("gather: %d parts of %d bytes, said to be %d of %d", n, sum, size, len(want))
		}
	}
}

// checkYield: what is yielded and what is kept are all there is.
func (m *model) checkYield(t *testing.T, o *outbox) {
	t.Helper()
	whole, kept := m.units, ""
	if m.off > 0 {
		kept, whole = m.units[0].text[m.off:], m.units[1:]
	}
	u := Unsent{head: o.head}
	o.keepBegun(0)
	var out []modelUnit
	u.Each(func(b []byte, src uint32) { out = append(out, modelUnit{string(b), src}) })
	u.free()
	if !slices.Equal(out, foreign(whole)) || o.contents() != kept || o.queued != len(kept) || string(o.begun()) != kept {
		t.Errorf("yielded %d units and kept %.40q, not %d and %.40q", len(out), o.contents(), len(foreign(whole)), kept)
	}
}

// A run that is split over chunks splits between units.
func TestUnitsAreNotTornBetweenChunks(t *testing.T) {
	var o outbox
	for i := range 300 {
		o.put(runOf(1, unitText(1, 2*i, 700), unitText(1, 2*i+1, 900)))
	}
	for k := o.head; k != nil; k = k.next {
		if len(k.u) == 0 || int(k.u[len(k.u)-1].end) != len(k.b) {
			t.Fatal("a chunk does not end with a unit")
		}
		if k.b[0] != '<' || k.b[len(k.b)-1] != '>' {
			t.Fatalf("a chunk holds %q…%q", k.b[:10], k.b[len(k.b)-10:])
		}
	}
	u := Unsent{head: o.head}
	u.free()
}

// Chunks grow with what waits, and go back to their pools.
func TestChunkSizes(t *testing.T) {
	before := OutboxBytes()
	for _, c := range []struct{ n, class, size int }{
		{1, 0, 4 << 10}, {4 << 10, 0, 4 << 10}, {4<<10 + 1, 0, 16 << 10}, {1, 2, 64 << 10}, {64 << 10, 0, 64 << 10}, {64<<10 + 1, 0, 64<<10 + 1},
	} {
		t.Run(fmt.Sprint(c.n), func(t *testing.T) {
			k := newChunk(c.n, c.class)
			if cap(k.b) != c.size {
				t.Errorf("a chunk for %d bytes has %d, not %d", c.n, cap(k.b), c.size)
			}
			k.free()
		})
	}
	if n := OutboxBytes() - before; n != 0 {
		t.Errorf("%d bytes of outboxes are left", n)
	}
}
