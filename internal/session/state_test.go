// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/table"
)

// moved is p as it goes on at another hub: its session made of its state, after that
// has been bytes, its end of the connection the same.
func (p *peer) moved(to *bed) *peer {
	p.b.t.Helper()
	st, ok := p.s.State()
	if !ok {
		p.b.t.Fatal("a session that goes on has no state")
	}
	var wire bytes.Buffer
	var got State
	if err := gob.NewEncoder(&wire).Encode(&st); err != nil {
		p.b.t.Fatal(err)
	}
	if err := gob.NewDecoder(&wire).Decode(&got); err != nil {
		p.b.t.Fatal(err)
	}
	fd, err := unix.FcntlInt(uintptr(p.h.FDs[p.slot]), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		p.b.t.Fatal(err)
	}
	p.s.Depart()
	q := &peer{b: to, h: to.loops[0], fd: p.fd, name: p.name}
	q.h.loop.Adopt(fd, func(c *engine.Conn) engine.Handler {
		if q.s, err = to.hub.Restore(c, to.lis, &got); err != nil {
			to.t.Fatal(err)
		}
		return q.s
	})
	q.slot = q.h.Added
	q.s.Rejoin(nil, &got)
	q.s.Resumed()
	return q
}

// TestMoveAtEveryByte: a dialogue of negotiation and stanzas goes on in another
// process wherever it is cut, twice, and nobody can tell.
func TestMoveAtEveryByte(t *testing.T) {
	header := headerTo("a.example", " xml:lang='de' xmlns:p='urn:p'")
	stanzas := msg("a.example", "b.example", "1") +
		"<message from='x@a.example/ü' to='b.example'><p:x a='&lt;'/></message>" +
		" <iq type='get' id='2' from='a.example' to='nobody.example'><q xmlns='q'/></iq>" +
		msg("A.EXAMPLE", "b.example", "3") + "</stream:stream>"
	first := &step{t: t}
	first.whole(header, stanzas, -1, -1)
	whole := first.heard
	if len(whole) < 200 {
		t.Fatalf("the dialogue comes to nothing: %q", whole)
	}
	n := len(header) + len("<handshake>") + 40 + len("</handshake>") + len(stanzas)
	for cut := range n + 1 {
		s := &step{t: t}
		s.whole(header, stanzas, cut, min(cut+7, n))
		if s.heard != whole {
			t.Fatalf("cut at %d of %d: %q\nwhole: %q", cut, n, s.heard, whole)
		}
	}
}

// step plays the dialogue byte by byte, but what is heard is asked for when a part is
// over.
type step struct {
	t     *testing.T
	b     *bed
	a, to *peer
	at    int
	heard string
}

func (s *step) whole(header, stanzas string, first, second int) {
	s.b = newBed(s.t, usual())
	s.to, s.a = s.b.join(0, "b.example").joined(), s.b.connect(0)
	s.play(header, first, second)
	answer := s.a.hears()
	s.play(proof(answer), first, second)
	s.heard += s.a.hears()
	s.play(stanzas, first, second)
	s.heard += "|" + s.to.hears() + "|" + s.a.hears()
	c, _ := s.b.counts()
	s.heard += fmt.Sprintf("|%d %d", c.Failed, s.b.hub.Table.Len())
}

// play has a say a part, with a move where the dialogue is to be cut.
func (s *step) play(part string, cuts ...int) {
	from := 0
	for _, cut := range cuts {
		at := cut - s.at
		if at < from || at > len(part) || at == len(part) && cut != s.at+len(part) {
			continue
		}
		s.say(part[from:at])
		from = at
		if !s.a.s.ended {
			s.move()
		}
	}
	s.say(part[from:])
	s.at += len(part)
}

func (s *step) say(b string) {
	if b != "" {
		s.a.says(b)
	}
}

// move takes both to another hub.
func (s *step) move() {
	next := newBed(s.t, usual())
	names := s.b.hub.Table.Entries()
	s.b.turn(0)
	s.a, s.to = s.a.moved(next), s.to.moved(next)
	next.hub.Table.Restore(names, func(id uint64) *table.Instance {
		for _, p := range []*peer{s.a, s.to} {
			if i := p.s.Instance(); i != nil && i.ID == id {
				return i
			}
		}
		return nil
	})
	next.hub.SetLastInstance(s.b.hub.LastInstance())
	s.b = next
}
