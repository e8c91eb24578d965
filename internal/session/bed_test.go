// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/driver"
	"weir/engine/drivertest"
	"weir/internal/flow"
	"weir/internal/host"
	"weir/internal/router"
	"weir/table"
)

// bed is a hub whose loops the test drives by hand: what a peer says is given to
// its loop by a call, and a batch ends when the test says so. What sessions
// write goes through real sockets. A test in which time passes runs in a
// testing/synctest bubble, where it passes at once and exactly.
type bed struct {
	t      testing.TB
	hub    *Hub
	engine *engine.Engine
	loops  []*hand
	locals []*Local
	lis    *Listener
	peers  []*peer
	log    bytes.Buffer
	buf    [64 << 10]byte // what a peer hears is read here
}

// hand moves a loop of the bed.
type hand struct {
	*drivertest.Hand
	loop *engine.Loop
}

type bedConfig struct {
	loops    int
	settings Settings
	hosts    []string
	modules  []string
	answers  AnswerLimits
	marks    flow.Marks
	input    int64
}

func usual() bedConfig {
	return bedConfig{
		loops:    1,
		settings: Settings{Name: "bed", StateTimeout: 5 * time.Second, Passwords: []string{"secret"}, CheckFrom: true},
		answers:  AnswerLimits{Reserve: 64 << 10, Rate: 1000, BytesRate: 1_000_000},
		marks:    flow.DefaultMarks(),
		input:    64 << 20,
	}
}

func newBed(t testing.TB, c bedConfig) *bed {
	b := &bed{t: t}
	log := slog.New(slog.NewTextHandler(&b.log, nil))
	b.hub = &Hub{Table: table.New(), Log: log}
	b.hub.SetLimits(&Limits{Marks: c.marks, Answers: c.answers, InputBudget: c.input})
	b.setRules(c.hosts, c.modules)
	e, err := engine.New(engine.Config{
		Loops: c.loops, Log: log, LowBytes: c.marks.Low,
		StallTimeout: 10 * time.Second, DrainTimeout: 10 * time.Second, LingerTimeout: 2 * time.Second,
		NewGate: b.hub.NewGate, Settled: b.hub.Settled,
		NewLocal: func(l *engine.Loop) any {
			lo := b.hub.NewLocal(l)
			b.locals = append(b.locals, lo)
			return lo
		},
		Drivers: func(n int) (all []driver.Driver, err error) {
			for range n {
				h := &hand{Hand: drivertest.NewHand()}
				b.loops = append(b.loops, h)
				all = append(all, h)
			}
			return all, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.engine = e
	b.hub.Bind(e)
	for i, l := range e.Loops() {
		b.loops[i].loop = l
	}
	b.lis = NewListener(&c.settings, b.locals)
	b.turn(0)
	return b
}

func (b *bed) setRules(hosts, modules []string) {
	r, err := router.New(router.Config{Modules: modules, Hosts: hosts}, b.hub.Table)
	if err != nil {
		b.t.Fatal(err)
	}
	items := func(yield func(string, bool) bool) {
		b.hub.Table.Each(func(n *table.Name) bool { return yield(n.Text, n.Set().Hidden()) })
	}
	b.hub.SetRules(&Rules{Router: r, Hosts: hosts, Host: &host.Service{Version: "test", Items: items}})
}

// turn ends a batch on every loop, after d has passed, and does what a driver
// does in between: sockets that take bytes are reported, released ones let go.
func (b *bed) turn(d time.Duration) {
	if d > 0 {
		time.Sleep(d)
	}
	for range 3 { // a batch's messages to other loops are read in the next
		for _, h := range b.loops {
			h.turn()
		}
	}
}

func (h *hand) turn() {
	waiting := slices.Sorted(maps.Keys(h.Waiting)) // as good as any order, but always the same
	clear(h.Waiting)
	for _, s := range waiting {
		h.loop.Writable(s)
	}
	h.loop.EndBatch(driver.Now())
	gone := h.Gone
	h.Gone = nil
	for _, s := range gone {
		h.loop.Released(s, h.FDs[s])
	}
	h.loop.EndBatch(driver.Now())
}

// anotherListener is a second door, with settings of its own.
func (b *bed) anotherListener(change func(*Settings)) *Listener {
	set := *b.lis.now().Settings
	change(&set)
	return NewListener(&set, b.locals)
}

// pump lets the peers' queued words be read, as far as their streams are not
// held, and says whether there was anything.
func (b *bed) pump() (some bool) {
	for _, p := range b.peers {
		for len(p.out) > 0 && !p.h.Held[p.slot] && p.s != nil {
			n := min(len(p.out), driver.ReadBytes)
			if bite := p.h.Bite[p.slot]; bite > 0 {
				n = min(n, bite)
				p.h.Held[p.slot] = true
			}
			piece := p.out[:n:n]
			p.out = p.out[n:]
			some = true
			p.h.loop.Data(p.slot, bytes.Clone(piece), driver.Open)
		}
	}
	b.turn(0)
	return some
}

// settle pumps until nothing more comes.
func (b *bed) settle() {
	for b.pump() {
	}
}

// counts adds up the loops' counters.
func (b *bed) counts() (c Counters, delivered int64) {
	for i, h := range b.loops {
		n := b.locals[i].Count
		c.Accepted += n.Accepted
		c.Answered += n.Answered
		c.Served += n.Served
		c.Dropped += n.Dropped
		c.Early += n.Early
		c.AnswersLost += n.AnswersLost
		c.Held += n.Held
		c.Kicked += n.Kicked
		c.Conflicts += n.Conflicts
		c.TimedOut += n.TimedOut
		c.InputEvicted += n.InputEvicted
		delivered += h.loop.Count.Delivered
	}
	return c, delivered
}

// balanceBooks checks that every stanza that came in is accounted for.
func (b *bed) balanceBooks() {
	b.t.Helper()
	c, delivered := b.counts()
	if c.Accepted != delivered+c.Answered+c.Served+c.Dropped {
		b.t.Errorf("accepted %d, but delivered %d + answered %d + served %d + dropped %d",
			c.Accepted, delivered, c.Answered, c.Served, c.Dropped)
	}
}
