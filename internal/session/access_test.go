// SPDX-License-Identifier: Apache-2.0

package session

import (
	"testing"

	"weir/internal/acl"
	"weir/internal/wire"
)

// only is a rule that lets in the addresses of one server, or of one user on it.
func only(t *testing.T, server, user string) *acl.Rule {
	var p acl.Pattern
	for name, value := range map[string]string{"server": server, "user": user} {
		if value == "" {
			continue
		}
		if err := p.Add(name, value, nil); err != nil {
			t.Fatal(err)
		}
	}
	return acl.NewRule("only", []acl.Clause{{Class: acl.Class{Name: "some", Patterns: []acl.Pattern{p}}, Allow: true}})
}

// The rule of the listener by which the receiver came in judges the sender, and
// the sender is told (behaviour, section 7).
func TestAccess(t *testing.T) {
	b := newBed(t, usual())
	guarded := b.anotherListener(func(s *Settings) { s.Access = only(t, "a.example", "") })
	closed := b.anotherListener(func(s *Settings) { s.Access = acl.None() })
	to, shut := b.connectAt(0, guarded).negotiate("b.example", "").joined(), b.connectAt(0, closed).negotiate("d.example", "").joined()
	a, c := b.join(0, "a.example").joined(), b.join(0, "c.example").joined()
	rows := []struct {
		by       *peer
		from, to string
		allowed  *peer
	}{
		{a, "a.example", "b.example", to},
		{a, "u@A.Example/r", "x@b.example", to},
		{c, "c.example", "b.example", nil},
		{c, "a@c.example/a.example", "b.example", nil},
		{a, "a.example", "d.example", nil},
		{to, "b.example", "a.example", a}, // the rule is not asked of what its own components send
		{shut, "d.example", "c.example", c},
		{to, "b.example", "b.example", nil}, // to itself it is
	}
	for _, r := range rows {
		for range 2 { // the second time the target is remembered
			m := msg(r.from, r.to, "1")
			r.by.says(m)
			if r.allowed != nil {
				r.allowed.wants(m)
				r.by.wants("")
				continue
			}
			r.by.wants(errorTo("message", r.to, r.from, "1", wire.NotAllowed))
			to.wants("")
			shut.wants("")
		}
	}
	c.says("<message type='error' from='c.example' to='b.example'/><iq type='result' id='1' from='c.example' to='b.example'/>")
	c.wants("") // errors and results are not answered
	to.wants("")
	b.balanceBooks()
}

// With several instances the rule of each one's own listener counts.
func TestAccessOfInstances(t *testing.T) {
	b := newBed(t, balancing(1))
	closed := b.anotherListener(func(s *Settings) { s.Access = acl.None() })
	open, shut := b.join(0, "b.example").joined(), b.connectAt(0, closed).negotiate("b.example", "").joined()
	from := b.join(0, "a.example").joined()
	heard, refused := 0, 0
	for i := range 50 {
		from.says(msg("u"+string(rune('A'+i))+"@a.example", "b.example", "1"))
		if open.hears() != "" {
			heard++
		}
		if from.hears() != "" {
			refused++
		}
		shut.wants("")
	}
	if heard+refused != 50 || heard == 0 || refused == 0 {
		t.Errorf("%d heard, %d refused", heard, refused)
	}
	b.balanceBooks()
}

// What a reload asks of each stanza holds at once, for those too who are there
// and whose addresses have been judged before.
func TestSettingsHoldAtOnce(t *testing.T) {
	c := usual()
	c.settings.CheckFrom = false
	b := newBed(t, c)
	to, from := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
	foreign, own := msg("other.example", "b.example", "1"), msg("u@a.example", "b.example", "1")
	from.says(foreign + own + foreign)
	to.wants(foreign + own + foreign)

	set := func(change func(*Settings)) {
		s := *b.lis.now().Settings
		change(&s)
		b.lis.Set(&s)
	}
	set(func(s *Settings) { s.CheckFrom = true })
	from.says(foreign + own)
	to.wants(own)
	from.wants(errorTo("message", "b.example", "other.example", "1", wire.BadRequest))

	set(func(s *Settings) { s.CheckFrom = false })
	from.says(foreign)
	to.wants(foreign)

	set(func(s *Settings) { s.Access = only(t, "a.example", "") })
	from.says(foreign + own)
	to.wants(own)
	from.wants(errorTo("message", "b.example", "other.example", "1", wire.NotAllowed))

	set(func(s *Settings) { s.Access = only(t, "a.example", "w") })
	from.says(own)
	to.wants("")
	from.wants(errorTo("message", "b.example", "u@a.example", "1", wire.NotAllowed))

	set(func(s *Settings) { s.Access = nil })
	from.says(foreign)
	to.wants(foreign)
	b.balanceBooks()
}

// Whole labels, whatever the case or the spelling (behaviour, section 4.3).
func TestCheckFrom(t *testing.T) {
	b := newBed(t, usual())
	p, to := b.join(0, "Straße.Example").joined(), b.join(0, "b.example").joined()
	rows := []struct {
		from string
		ok   bool
	}{
		{"straße.example", true},
		{"u@STRAßE.EXAMPLE/R", true},
		{"xn--strae-oqa.example", true},
		{"stra&#xDF;e.example", true},
		{"u@stra&#223;e&#46;example", true},
		{"straße.example.", true},
		{"strasse.example", false},
		{"x.straße.example", false},
		{"xstraße.example", false},
		{"example", false},
		{"straße.example@b.example", false},
		{"b.example/straße.example", false},
		{"b.example/@straße.example", false},
		{"", false},
		{"@straße.example", false},
		{"u@", false},
	}
	for _, r := range rows {
		for range 2 {
			m := msg(r.from, "b.example", "1")
			p.says(m)
			if r.ok {
				to.wants(m)
				p.wants("")
			} else {
				to.wants("")
				p.wants(errorTo("message", "b.example", r.from, "1", wire.BadRequest))
			}
		}
	}
	b.balanceBooks()
}

// What a rule has let pass is remembered for that address and that rule only.
func TestAccessIsJudgedForEachAddressAndRule(t *testing.T) {
	b := newBed(t, usual())
	one := b.anotherListener(func(s *Settings) { s.Access = only(t, "a.example", "") })
	other := b.anotherListener(func(s *Settings) { s.Access = only(t, "c.example", "") })
	first, second := b.connectAt(0, one).negotiate("b.example", "").joined(), b.connectAt(0, other).negotiate("d.example", "").joined()
	a, c := b.join(0, "a.example").joined(), b.join(0, "c.example").joined()
	for range 3 {
		for _, from := range []*peer{a, c} {
			for _, to := range []*peer{first, second} {
				m := msg(from.name, to.name, "1")
				from.says(m)
				if (from == a) == (to == first) {
					to.wants(m)
				} else {
					from.wants(errorTo("message", to.name, from.name, "1", wire.NotAllowed))
				}
			}
		}
	}
}
