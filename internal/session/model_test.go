// SPDX-License-Identifier: Apache-2.0

package session

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/flow"
	"weir/table"
)

var (
	modelSeeds = flag.Int("model.seeds", 6, "how many random lives TestModel lives")
	modelFirst = flag.Uint64("model.first", 1, "the seed of the first of them")
)

// TestModel lives random lives: components come, are kicked, share names, flood,
// stall, err, break and leave, on several loops; every stanza is numbered. In
// the end each of them was delivered to exactly one connection or answered
// exactly once, in order between any two, byte for byte, and the counters say
// the same (behaviour, section 7).
func TestModel(t *testing.T) {
	for i := range *modelSeeds {
		seed := *modelFirst + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newModel(t, seed).live(300) })
		})
	}
}

// model is one life.
type model struct {
	*testing.T
	*rand.Rand
	b     *bed
	doors []*Listener
	all   []*player // in the order in which they came
	alive []*player
	sent  []*parcel // by number
}

// player is a component, and what it has heard.
type player struct {
	*peer
	m     *model
	heard strings.Builder
	deaf  bool // does not read for now
	left  bool // has said goodbye, or something it must not say
	gone  bool // has closed its descriptor
	dead  bool // and the loop has been told
}

// parcel is a numbered stanza.
type parcel struct {
	text      string
	from      *player
	to        string
	answer    bool      // an error or a result: takes none itself
	delivered []*player // to whom
	answered  int
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{T: t, Rand: rand.New(rand.NewPCG(seed, seed))}
	c := usual()
	c.loops = 1 + m.IntN(3)
	c.hosts = []string{"host.example"}
	c.marks = flow.Marks{Low: 4 << 10, High: 16 << 10, Hard: 64 << 10, Share: 2 << 10, Lease: 200 * time.Millisecond, Budget: 256 << 20}
	c.answers = AnswerLimits{Reserve: 4 << 10, Rate: 1 << m.IntN(20), BytesRate: 1 << (10 + m.IntN(16))}
	if m.IntN(4) == 0 {
		c.settings.Shaper = 1 << (10 + m.IntN(10))
	}
	m.b = newBed(t, c)
	for _, policy := range []table.Policy{table.Disconnect, table.KickOld, table.Balance} {
		m.doors = append(m.doors, m.b.anotherListener(func(s *Settings) { s.Conflict = policy }))
	}
	return m
}

func (m *model) live(steps int) {
	held := engine.OutboxBytes()
	for range steps {
		m.step()
	}
	m.quiet()
	m.check()
	for _, p := range m.alive {
		p.queue("</stream:stream>")
	}
	m.quiet()
	m.b.turn(15 * time.Second)
	m.b.balanceBooks()
	if n := m.b.hub.Table.Len(); n != 0 {
		m.Errorf("%d names are left in the table", n)
	}
	for _, lo := range m.b.locals {
		if lo.unfinished.first != nil || lo.unfinished.bytes != 0 {
			m.Errorf("unfinished input of those who have left: %d bytes", lo.unfinished.bytes)
		}
	}
	if now := engine.OutboxBytes(); now != held {
		m.Errorf("outboxes hold %d bytes when all have left, %d before", now, held)
	}
	m.b.engine.Conns(func(*engine.Conn) { m.Error("a connection is left") })
}

// step is one thing that happens.
func (m *model) step() {
	if len(m.alive) < 3 || m.IntN(12) == 0 && len(m.alive) < 12 {
		m.join()
	}
	p := m.alive[m.IntN(len(m.alive))]
	switch m.IntN(40) {
	default:
		p.talk()
	case 0:
		p.say("</stream:stream>")
		p.left = true
	case 1:
		p.say("<message from='&no;'/>")
		p.left = true
	case 2:
		p.listen()
		p.gone = true
		p.vanish()
	case 3:
		p.end(driver.Failed)
	case 4:
		p.end(driver.End)
	case 5, 6, 7:
		p.deaf = !p.deaf
	case 8:
		m.b.turn(time.Duration(m.IntN(5000)) * time.Millisecond)
	case 9, 10:
		m.b.turn(time.Duration(m.IntN(300)) * time.Millisecond)
	case 11:
		if m.IntN(4) == 0 {
			m.b.turn(11 * time.Second)
		}
	}
	m.move(false)
}

// names are few, so that there are conflicts; those that begin with an s are
// shared.
var names = []string{"a.example", "b.example", "c.example", "shared.example", "s.host.example"}

func (m *model) join() {
	name := names[m.IntN(len(names))]
	door := m.doors[m.IntN(2)]
	if name[0] == 's' && m.IntN(5) > 0 {
		door = m.doors[2]
	}
	p := &player{peer: m.b.connectAt(m.IntN(len(m.b.loops)), door), m: m}
	if m.IntN(4) > 0 {
		p.narrow()
	}
	p.negotiate(name, "")
	m.all, m.alive = append(m.all, p), append(m.alive, p)
}

// talk says a few stanzas to somebody, or to several.
func (p *player) talk() {
	m := p.m
	if p.left || p.gone || len(p.out) > 100<<10 {
		return
	}
	var text strings.Builder
	to := names[m.IntN(len(names))]
	for range 1 + m.IntN(30) {
		switch m.IntN(20) {
		case 0:
			to = []string{"nobody.example", "x.host.example", p.name}[m.IntN(3)]
		case 1, 2, 3:
			to = names[m.IntN(len(names))]
		}
		text.WriteString(m.parcel(p, to).text)
	}
	p.say(text.String())
}

func (m *model) parcel(p *player, to string) *parcel {
	size := []int{10, 10, 10, 10, 10, 10, 500, 500, 3 << 10, 70 << 10}[m.IntN(10)]
	if size > 4<<10 && m.IntN(5) > 0 {
		size = 100
	}
	element, typ, answer := "message", "", false
	switch m.IntN(10) {
	case 0:
		typ, answer = " type='error'", true
	case 1:
		element, typ, answer = "iq", " type='result'", true
	case 2, 3:
		element, typ = "iq", " type='get'"
	}
	q := &parcel{from: p, to: to, answer: answer}
	q.text = fmt.Sprintf("<%s from='u%d@%s' to='v%d@%s' id='%d'%s><body>%s</body></%s>", element, m.IntN(5), p.name, m.IntN(3), to,
		len(m.sent), typ, strings.Repeat("x", size), element)
	m.sent = append(m.sent, q)
	return q
}

// say is queue, for one who still may speak.
func (p *player) say(s string) {
	if !p.left && !p.gone {
		p.queue(s)
	}
}

// listen takes all there is to hear.
func (p *player) listen() {
	if !p.gone {
		p.heard.WriteString(p.hears())
	}
}

// end tells the loop that the peer sends no more, or that it is broken.
func (p *player) end(st driver.Status) {
	if p.dead || p.left {
		return
	}
	p.left, p.dead = true, st == driver.Failed
	if st == driver.Failed {
		p.listen()
		p.gone = true
		p.vanish()
	}
	p.out = nil
	p.ends(st)
}

// move lets everybody read and be read; all that is there, or some of it.
func (m *model) move(all bool) (some bool) {
	for _, p := range m.alive {
		for len(p.out) > 0 && !p.held() && (all || m.IntN(4) > 0) {
			n := len(p.out)
			if !all && m.IntN(3) == 0 {
				n = 1 + m.IntN(n)
			}
			p.speak(n)
			some = true
		}
		if all || !p.deaf && m.IntN(3) > 0 {
			before := p.heard.Len()
			p.listen()
			some = some || p.heard.Len() > before
		}
	}
	m.bury(all)
	return some
}

// speak has the loop read n bytes, or what one read takes.
func (p *player) speak(n int) {
	n = min(n, driver.ReadBytes)
	if bite := p.h.Bite[p.slot]; bite > 0 {
		n = min(n, bite)
		p.h.Held[p.slot] = true
	}
	piece := append([]byte(nil), p.out[:n]...)
	p.out = p.out[n:]
	p.h.loop.Data(p.slot, piece, driver.Open)
	clear(piece) // the driver's buffer is used again
	if p.m.IntN(2) == 0 {
		p.b.turn(0)
	}
}

// bury tells the loops of those who have gone, sooner or later, and forgets
// those who were ended.
func (m *model) bury(all bool) {
	rest := m.alive[:0:0]
	for _, p := range m.alive {
		if p.gone && !p.dead && (all || m.IntN(4) == 0) {
			p.dead, p.out = true, nil
			p.ends(driver.Failed)
		}
		if p.gone && p.dead {
			continue
		}
		if p.eof {
			p.gone, p.dead, p.out = true, true, nil
			p.vanish()
			p.ends(driver.End)
			continue
		}
		rest = append(rest, p)
	}
	m.alive = rest
}

// quiet lets everything come to an end.
func (m *model) quiet() {
	for idle := 0; idle < 20; {
		m.b.turn(100 * time.Millisecond)
		for _, p := range m.alive {
			if p.held() && len(p.out) > 0 {
				idle = 0 // it is read some day: that it is not would show here
			}
		}
		idle++
		if m.move(true) {
			idle = 0
		}
	}
}
