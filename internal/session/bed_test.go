// SPDX-License-Identifier: Apache-2.0

package session

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/flow"
	"weir/internal/host"
	"weir/internal/router"
	"weir/internal/wire"
	"weir/table"
)

// bed is a hub whose loops the test drives by hand: what a peer says is given to
// its loop by a call, and a batch ends when the test says so, at the time the
// test says. What sessions write goes through real sockets.
type bed struct {
	t      testing.TB
	hub    *Hub
	engine *engine.Engine
	loops  []*hand
	locals []*Local
	lis    *Listener
	now    int64
	peers  []*peer
}

// hand is a driver without a kernel: it notes what was asked of it.
type hand struct {
	driver.Driver
	loop    *engine.Loop
	held    map[driver.Slot]bool
	waiting map[driver.Slot]bool // for Writable
	gone    []driver.Slot
	fds     map[driver.Slot]int
	bite    map[driver.Slot]int
	added   driver.Slot // the last one
}

func (h *hand) Add(fd int, s driver.Slot) error {
	h.fds[s], h.added, h.held[s] = fd, s, true
	return nil
}
func (h *hand) Recv(s driver.Slot, max int) { h.held[s], h.bite[s] = false, max }
func (h *hand) Hold(s driver.Slot)          { h.held[s] = true }
func (h *hand) Writable(s driver.Slot)      { h.waiting[s] = true }
func (h *hand) Release(s driver.Slot)       { h.gone = append(h.gone, s) }
func (h *hand) Timer(int64)                 {}
func (h *hand) Wake()                       {}
func (h *hand) Stop()                       {}

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
	b := &bed{t: t, now: driver.Now()}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	b.hub = &Hub{Table: table.New(), Log: log, Marks: c.marks, Answers: c.answers, InputBudget: c.input}
	b.setRules(c.hosts, c.modules)
	e, err := engine.New(engine.Config{
		Loops: c.loops, Log: log, LowBytes: c.marks.Low,
		StallTimeout: 10 * time.Second, DrainTimeout: 10 * time.Second, LingerTimeout: 2 * time.Second,
		NewGate: b.hub.NewGate,
		NewLocal: func(l *engine.Loop) any {
			lo := b.hub.NewLocal(l)
			b.locals = append(b.locals, lo)
			return lo
		},
		Drivers: func(n int) (all []driver.Driver, err error) {
			for range n {
				h := &hand{held: map[driver.Slot]bool{}, waiting: map[driver.Slot]bool{}, fds: map[driver.Slot]int{}, bite: map[driver.Slot]int{}}
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
	b.now += d.Nanoseconds()
	for range 3 { // a batch's messages to other loops are read in the next
		for _, h := range b.loops {
			for s := range h.waiting {
				delete(h.waiting, s)
				h.loop.Writable(s)
			}
			h.loop.EndBatch(b.now)
			gone := h.gone
			h.gone = nil
			for _, s := range gone {
				h.loop.Released(s, h.fds[s])
			}
			h.loop.EndBatch(b.now)
		}
	}
}

// peer is a component at the other end.
type peer struct {
	b    *bed
	h    *hand
	slot driver.Slot
	fd   int
	name string
	s    *Session
}

// connect opens a connection on a loop.
func (b *bed) connect(loop int) *peer {
	return b.connectAt(loop, b.lis)
}

func (b *bed) connectAt(loop int, lis *Listener) *peer {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	h := b.loops[loop]
	p := &peer{b: b, h: h, fd: fds[1]}
	h.loop.Adopt(fds[0], func(c *engine.Conn) engine.Handler {
		p.s = b.hub.Accept(c, lis)
		return p.s
	})
	p.slot = h.added
	b.peers = append(b.peers, p)
	b.t.Cleanup(func() { _ = unix.Close(p.fd) })
	return p
}

// join opens a stream and proves itself.
func (b *bed) join(loop int, name string) *peer { return b.connect(loop).negotiate(name, "") }

func (p *peer) negotiate(name, attrs string) *peer {
	p.b.t.Helper()
	p.name = name
	p.says("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='" + name + "'" + attrs + ">")
	head := p.hears()
	_, rest, _ := strings.Cut(head, " id='")
	id, _, _ := strings.Cut(rest, "'")
	proof := wire.Digest(id, "secret")
	p.says("<handshake>" + string(proof[:]) + "</handshake>")
	return p
}

// joined checks that the server's next words are its consent.
func (p *peer) joined() *peer {
	p.b.t.Helper()
	p.wants("<handshake/>")
	return p
}

// says gives the loop bytes of the peer and ends the batch.
func (p *peer) says(s string) {
	p.h.loop.Data(p.slot, []byte(s), driver.Open)
	p.b.turn(0)
}

// ends closes the peer's side.
func (p *peer) ends(st driver.Status) {
	p.h.loop.Data(p.slot, nil, st)
	p.b.turn(0)
}

// hears is all that has been written to the peer since it was last asked.
func (p *peer) hears() string {
	p.b.turn(0)
	var out []byte
	buf := make([]byte, 1<<20)
	for {
		n, err := unix.Read(p.fd, buf)
		if n <= 0 || err != nil {
			return string(out)
		}
		out = append(out, buf[:n]...)
		p.b.turn(0)
	}
}

func (p *peer) wants(want string) {
	p.b.t.Helper()
	if got := p.hears(); got != want {
		p.b.t.Errorf("%s hears\n  %q, want\n  %q", p.name, got, want)
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
