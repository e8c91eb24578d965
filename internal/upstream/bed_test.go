// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/engine/driver"
	"weir/engine/drivertest"
	"weir/internal/flow"
	"weir/internal/host"
	"weir/internal/router"
	"weir/internal/session"
	"weir/internal/wire"
	"weir/table"
)

// bed is a hub with upstreams whose loop the test drives by hand, in a
// testing/synctest bubble: time passes at once and exactly. Components and
// servers are the other ends of socket pairs.
type bed struct {
	t      *testing.T
	hub    *session.Hub
	engine *engine.Engine
	hand   *hand
	local  *session.Local
	lis    *session.Listener
	m      *Manager
	groups Grouping
	log    bytes.Buffer

	mu    sync.Mutex
	down  map[string]bool // addresses that nobody answers at
	calls []*end          // connections that were dialled and not yet taken up
	tries int
}

// hand moves a loop of the bed.
type hand struct {
	*drivertest.Hand
	loop *engine.Loop
}

// usual is a server for all domains, which nobody asks for signs of life.
func usual(name string) Settings {
	return Settings{
		Name: name, Address: name + ":5347", Secret: "up", Domains: []string{"*"},
		Linger: 30 * time.Second, ParkTime: 10 * time.Second, ParkBytes: 1 << 20,
		ConnectTimeout: time.Second, HandshakeTimeout: 5 * time.Second,
		PingInterval: time.Hour, PingTimeout: 5 * time.Second,
		RetryMax: time.Minute, ReturnAfter: 10 * time.Second, MaxStanza: 500_000,
	}
}

// run runs a test in a bubble.
func run(t *testing.T, servers []Settings, f func(b *bed)) {
	runWith(t, servers, func(*session.Settings) {}, f)
}

func runWith(t *testing.T, servers []Settings, change func(*session.Settings), f func(b *bed)) {
	synctest.Test(t, func(t *testing.T) {
		set := session.Settings{Name: "bed", StateTimeout: 5 * time.Second, Passwords: []string{"secret"}, CheckFrom: true}
		change(&set)
		b := newBed(t, servers, set)
		f(b)
		b.balance()
		b.m.Stop()
		b.turn(0)
	})
}

func newBed(t *testing.T, servers []Settings, set session.Settings) *bed {
	b := &bed{t: t, down: map[string]bool{}}
	log := slog.New(slog.NewTextHandler(&b.log, nil))
	b.hub = &session.Hub{Table: table.New(), Log: log}
	b.hub.SetLimits(&session.Limits{Marks: flow.DefaultMarks(), InputBudget: 64 << 20,
		Answers: session.AnswerLimits{Reserve: 64 << 10, Rate: 1000, BytesRate: 1_000_000}})
	e, err := engine.New(engine.Config{
		Loops: 1, Log: log, LowBytes: b.hub.Limits().Marks.Low,
		StallTimeout: 10 * time.Second, DrainTimeout: 10 * time.Second, LingerTimeout: 2 * time.Second,
		NewGate: b.hub.NewGate, Settled: b.hub.Settled,
		NewLocal: func(l *engine.Loop) any { b.local = b.hub.NewLocal(l); return b.local },
		Drivers: func(int) ([]driver.Driver, error) {
			b.hand = &hand{Hand: drivertest.NewHand()}
			return []driver.Driver{b.hand}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.engine = e
	b.hub.Bind(e)
	b.hand.loop = e.Loops()[0]
	locals := []*session.Local{b.local}
	b.lis = session.NewListener(&set, locals)
	b.m = New(Config{Hub: b.hub, Log: log, Locals: locals, Grouping: &b.groups, Servers: servers, Dial: b.dial})
	b.route(servers)
	b.turn(0)
	return b
}

// route has the hub follow a router that is made for the servers.
func (b *bed) route(servers []Settings) {
	domains, _ := b.groups.Of(servers)
	r, err := router.New(router.Config{Upstreams: domains}, b.hub.Table)
	if err != nil {
		b.t.Fatal(err)
	}
	b.hub.SetRules(&session.Rules{Router: r, Host: &host.Service{}, Upstream: b.m})
}

// reload has all follow other settings, as the proxy does.
func (b *bed) reload(servers ...Settings) {
	b.m.Change(servers)
	b.route(servers)
	b.m.Settle()
	b.turn(0)
}

// dial is the network: servers that are not down answer.
func (b *bed) dial(_ context.Context, s *Settings) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries++
	if b.down[s.Name] {
		return -1, errors.New("refused")
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	b.calls = append(b.calls, &end{b: b, who: s.Name, fd: fds[1], theirs: fds[0]})
	return fds[0], nil
}

// turn ends batches after d has passed, and does what a driver does in between.
func (b *bed) turn(d time.Duration) {
	time.Sleep(d)
	for range 4 {
		synctest.Wait()
		waiting := slices.Sorted(maps.Keys(b.hand.Waiting))
		clear(b.hand.Waiting)
		for _, s := range waiting {
			b.hand.loop.Writable(s)
		}
		b.hand.loop.EndBatch(driver.Now())
		gone := b.hand.Gone
		b.hand.Gone = nil
		for _, s := range gone {
			fd := b.hand.FDs[s]
			delete(b.hand.FDs, s)
			b.hand.loop.Released(s, fd)
		}
	}
}

// pass lets so much time go by, in steps in which timers fire.
func (b *bed) pass(d time.Duration) {
	const step = 100 * time.Millisecond
	for ; d > 0; d -= step {
		b.turn(min(step, d))
	}
}

// balance checks that every stanza that came in is accounted for.
func (b *bed) balance() {
	b.t.Helper()
	c, delivered := b.local.Count, b.hand.loop.Count.Delivered
	if c.Accepted+c.Arrived != delivered+c.Answered+c.Served+c.Dropped+c.Parked+c.Crossed {
		b.t.Errorf("accepted %d, arrived %d, but delivered %d + answered %d + served %d + dropped %d + parked %d + crossed %d",
			c.Accepted, c.Arrived, delivered, c.Answered, c.Served, c.Dropped, c.Parked, c.Crossed)
	}
}

// end is the other end of a connection: a component or a server.
type end struct {
	b          *bed
	who        string
	fd, theirs int
	slot       driver.Slot
}

// join connects a component.
func (b *bed) join(name string) *end { return b.joinAs(name, "") }

// joinAs is join with further attributes of the header.
func (b *bed) joinAs(name, attrs string) *end {
	b.t.Helper()
	p, proof := b.greet(name, attrs)
	p.says(proof)
	return p
}

// joinAndVanish connects a component that shows its proof and is gone before that is
// looked at.
func (b *bed) joinAndVanish(name string) {
	b.t.Helper()
	p, proof := b.greet(name, "")
	var c *engine.Conn
	b.engine.Conns(func(one *engine.Conn) {
		if c == nil || one.ID() > c.ID() {
			c = one
		}
	})
	c.Hold(1)
	p.says(proof)
	p.dies(driver.End)
	c.Resume(1)
	b.turn(0)
}

// greet connects a component, which has yet to show its proof.
func (b *bed) greet(name, attrs string) (p *end, proof string) {
	b.t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	p = &end{b: b, who: name, fd: fds[1], theirs: fds[0]}
	b.hand.loop.Adopt(fds[0], func(c *engine.Conn) engine.Handler { return b.hub.Accept(c, b.lis) })
	p.slot = b.hand.Added
	b.t.Cleanup(p.vanish)
	p.says("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='" + name + "'" + attrs + ">")
	_, rest, _ := strings.Cut(p.hears(), " id='")
	id, _, _ := strings.Cut(rest, "'")
	digest := wire.Digest(id, "secret")
	return p, "<handshake>" + string(digest[:]) + "</handshake>"
}

// joined checks that the component has been let in, and hears more behind that.
func (p *end) joined(more ...string) *end {
	p.b.t.Helper()
	p.wants("<handshake/>" + strings.Join(more, ""))
	return p
}

// call takes up the next connection that was dialled, to the end of its opening.
func (b *bed) call(server string) *end {
	b.t.Helper()
	b.turn(0)
	b.mu.Lock()
	i := slices.IndexFunc(b.calls, func(e *end) bool { return e.who == server })
	if i < 0 {
		b.mu.Unlock()
		b.t.Fatalf("nobody has called %s\n%s", server, b.log.String())
	}
	e := b.calls[i]
	b.calls = slices.Delete(b.calls, i, i+1)
	b.mu.Unlock()
	for slot, fd := range b.hand.FDs {
		if fd == e.theirs {
			e.slot = slot
		}
	}
	b.t.Cleanup(e.vanish)
	return e
}

// called says whether anybody calls a server.
func (b *bed) called(server string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.calls, func(e *end) bool { return e.who == server })
}

// answer is call, and the server takes the component.
func (b *bed) answer(server, name string) *end {
	b.t.Helper()
	e := b.call(server)
	head := e.hears()
	if !strings.Contains(head, " to='"+name+"'") {
		b.t.Fatalf("%s is called with %q, want %s", server, head, name)
	}
	e.says("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='" + name + "' id='i1'>")
	proof := wire.Digest("i1", "up")
	e.wants("<handshake>" + string(proof[:]) + "</handshake>")
	e.says("<handshake/>")
	return e
}

func (p *end) says(s string) {
	p.b.hand.loop.Data(p.slot, []byte(s), driver.Open)
	p.b.turn(0)
}

// dies ends the connection: by an end of file, or broken.
func (p *end) dies(st driver.Status) {
	p.vanish()
	p.b.hand.loop.Data(p.slot, nil, st)
	p.b.turn(0)
}

func (p *end) vanish() {
	if p.fd >= 0 {
		_ = unix.Close(p.fd)
		p.fd = -1
	}
}

func (p *end) hears() string {
	p.b.turn(0)
	var out []byte
	var buf [64 << 10]byte
	for {
		n, err := unix.Read(p.fd, buf[:])
		if n <= 0 || err != nil {
			return string(out)
		}
		out = append(out, buf[:n]...)
		p.b.turn(0)
	}
}

func (p *end) wants(want string) {
	p.b.t.Helper()
	if got := p.hears(); got != want {
		p.b.t.Errorf("%s hears\n  %s\nwant\n  %s", p.who, got, want)
	}
}

func msg(from, to, id string) string {
	return "<message from='" + from + "' to='" + to + "' id='" + id + "'/>"
}

func fault(from, to, id, typ, condition string) string {
	return fmt.Sprintf("<message from='%s' to='%s' id='%s' type='error'><error type='%s'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
		from, to, id, typ, condition)
}
