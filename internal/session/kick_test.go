// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"strings"
	"testing"

	"weir/engine/driver"
	"weir/internal/wire"
	"weir/table"
)

func kicking() bedConfig {
	c := usual()
	c.settings.Conflict = table.KickOld
	return c
}

// absentUnderHost is the error for a name under a hosted domain that nobody has.
var absentUnderHost = wire.ServiceUnavailable

var kicked = streamError("conflict", "Replaced by new connection")

// The newcomer is refused, the old one untouched, and the name tried for is not
// held by who is refused (behaviour, section 3).
func TestConflictDisconnect(t *testing.T) {
	for _, loops := range []int{1, 2} {
		c := usual()
		c.loops = loops
		b := newBed(t, c)
		old, from := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
		newcomer := b.join(loops-1, "B.Example")
		newcomer.over(streamError("conflict", ""))
		from.says(msg("a.example", "b.example", "1"))
		old.wants(msg("a.example", "b.example", "1"))
		if c, _ := b.counts(); c.Conflicts != 1 || c.Kicked != 0 {
			t.Errorf("%d conflicts, %d kicked", c.Conflicts, c.Kicked)
		}
		b.balanceBooks()
	}
}

// Who does not know the password kicks nobody (behaviour, section 2).
func TestKickNeedsThePassword(t *testing.T) {
	b := newBed(t, kicking())
	old, p := b.join(0, "b.example").joined(), b.connect(0)
	p.says("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='b.example'>")
	p.hears()
	p.says("<handshake>0000000000000000000000000000000000000000</handshake>")
	p.over(streamError("not-authorized", "Invalid handshake"))
	old.wants("")
	if old.s.ended || strings.Contains(b.log.String(), "secret") {
		t.Error("the old one has left, or the log has the password")
	}
}

func TestKickOld(t *testing.T) {
	for _, loops := range []int{1, 2} {
		t.Run(fmt.Sprintf("loops=%d", loops), func(t *testing.T) {
			c := kicking()
			c.loops = loops
			b := newBed(t, c)
			old, from := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
			from.says(msg("a.example", "b.example", "1"))
			newcomer := b.join(loops-1, "b.example")
			from.says(msg("a.example", "b.example", "2"))
			old.over(msg("a.example", "b.example", "1") + kicked)
			newcomer.wants("<handshake/>" + msg("a.example", "b.example", "2"))
			old.says(msg("b.example", "a.example", "late")) // is thrown away
			from.wants("")
			old.ends(driver.End)
			from.says(msg("a.example", "b.example", "3"))
			newcomer.wants(msg("a.example", "b.example", "3"))
			newcomer.says(msg("b.example", "a.example", "4"))
			from.wants(msg("b.example", "a.example", "4"))
			if c, _ := b.counts(); c.Kicked != 1 {
				t.Errorf("%d kicked", c.Kicked)
			}
			b.balanceBooks()
		})
	}
}

// What waits for one that is stuck goes to the newcomer: each stanza once, in
// order, behind its <handshake/> and before anything later. A part of one may
// have been written already: it counts as not sent.
func TestKickBlocked(t *testing.T) {
	for _, loops := range []int{1, 2} {
		for _, rest := range []int{0, 1, 100, 4000} { // bytes that the old one takes at the end
			t.Run(fmt.Sprintf("loops=%d/takes=%d", loops, rest), func(t *testing.T) {
				c := kicking()
				c.loops = loops
				b := newBed(t, c)
				old, from := b.join(0, "b.example").joined().narrow(), b.join(loops-1, "a.example").joined()
				var said []string
				for i := range 40 {
					said = append(said, long("a.example", "b.example", fmt.Sprint(i), 997))
					from.says(said[i])
				}
				heard := old.takes(rest)
				newcomer := b.join(loops-1, "b.example")
				from.says(msg("a.example", "b.example", "last"))
				got, ok := strings.CutPrefix(newcomer.hears(), "<handshake/>")
				if !ok {
					t.Fatalf("the newcomer hears %.100q", got)
				}
				if n := strings.Count(got, "<body>"); n < 10 {
					t.Errorf("only %d stanzas of those that waited were handed over", n)
				}
				heard += old.hears()
				heard, orderly := strings.CutSuffix(heard, kicked)
				whole := strings.LastIndex(heard, "</message>") + len("</message>")
				if orderly && whole != len(heard) {
					t.Errorf("the goodbye came in the middle of a stanza: %.60q", heard[whole:])
				}
				if all := heard[:whole] + got; all != strings.Join(said, "")+msg("a.example", "b.example", "last") {
					t.Errorf("the old one heard %d bytes, the new one %d; together not what was said", whole, len(got))
				}
				old.ends(driver.End)
				b.balanceBooks()
			})
		}
	}
}

// Kicks in a row, faster than any of those who are kicked takes anything: the
// last one has it all.
func TestKicksInARow(t *testing.T) {
	c := kicking()
	c.loops = 2
	b := newBed(t, c)
	from := b.join(0, "a.example").joined()
	all := []*peer{b.join(1, "b.example").joined().narrow()}
	var said strings.Builder
	for i := range 10 {
		for range 10 {
			m := long("a.example", "b.example", fmt.Sprint(i), 997)
			said.WriteString(m)
			from.says(m)
		}
		all = append(all, b.connect(i%2).narrow().negotiate("b.example", ""))
	}
	var heard strings.Builder
	for i, p := range all {
		got := p.hears()
		got = strings.TrimSuffix(strings.TrimPrefix(got, "<handshake/>"), kicked)
		if i < len(all)-1 {
			got = got[:max(0, strings.LastIndex(got, "</message>")+len("</message>"))]
		}
		heard.WriteString(got)
	}
	if heard.String() != said.String() {
		t.Errorf("heard %d bytes, said %d", heard.Len(), said.Len())
	}
	if c, _ := b.counts(); c.Kicked != 10 {
		t.Errorf("%d kicked, want 10", c.Kicked)
	}
	b.balanceBooks()
}

// Who is kicked while it is being refused, or has half left, is out all the same.
func TestKickOneThatLeaves(t *testing.T) {
	b := newBed(t, kicking())
	old, from := b.join(0, "b.example").joined().narrow(), b.join(0, "a.example").joined()
	for i := range 20 {
		from.says(long("a.example", "b.example", fmt.Sprint(i), 997))
	}
	old.says("</stream:stream>") // its name is free, what waits for it is still its own
	newcomer := b.join(0, "b.example").joined()
	from.says(msg("a.example", "b.example", "x"))
	newcomer.wants(msg("a.example", "b.example", "x"))
	if got := old.hears(); strings.Count(got, "<message") != 20 || !strings.HasSuffix(got, "</message></stream:stream>") || !old.eof {
		t.Errorf("the one that leaves hears %d messages and at the end %q", strings.Count(got, "<message"), got[max(0, len(got)-100):])
	}
	b.balanceBooks()
}

// A component that has more names than its successor takes loses them all, but
// what waits for it is not the successor's.
func TestKickOneOfSeveralNames(t *testing.T) {
	c := kicking()
	c.hosts = []string{"one.example", "two.example"}
	c.loops = 2
	b := newBed(t, c)
	from := b.join(0, "a.example").joined()
	old := b.connect(1).negotiate("chat", " is_subdomain='true'").joined().narrow()
	for i := range 20 {
		from.says(long("a.example", "chat.two.example", fmt.Sprint(i), 997))
	}
	newcomer := b.join(0, "chat.one.example").joined()
	from.says(msg("a.example", "chat.one.example", "x"))
	newcomer.wants(msg("a.example", "chat.one.example", "x"))
	from.says(msg("a.example", "chat.two.example", "y"))
	from.wants(errorTo("message", "chat.two.example", "a.example", "y", absentUnderHost))
	got := old.hears()
	if strings.Count(got, "<message") != 20 || !strings.HasSuffix(got, "</message>"+kicked) || !old.eof {
		t.Errorf("the old one hears %d messages and at the end %q", strings.Count(got, "<message"), got[max(0, len(got)-100):])
	}
	if c, _ := b.counts(); c.Kicked != 1 {
		t.Errorf("%d kicked", c.Kicked)
	}
	b.balanceBooks()
}

// A newcomer of a kick_old listener takes a shared name from all who share it.
func TestKickThoseWhoShare(t *testing.T) {
	c := usual()
	c.settings.Conflict = table.Balance
	b := newBed(t, c)
	kick := b.anotherListener(func(s *Settings) { s.Conflict = table.KickOld })
	one, two := b.join(0, "b.example").joined(), b.join(0, "b.example").joined()
	newcomer := b.connectAt(0, kick).negotiate("b.example", "").joined()
	one.over(kicked)
	two.over(kicked)
	from := b.join(0, "a.example").joined()
	from.says(msg("a.example", "b.example", "1"))
	newcomer.wants(msg("a.example", "b.example", "1"))
	b.join(0, "b.example").over(streamError("conflict", "")) // it does not share
	b.balanceBooks()
}
