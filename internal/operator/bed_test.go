// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"log/slog"
	"strings"
	"testing"
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

// bed is a hub whose loops the test drives by hand. Components are the other ends of
// socket pairs.
type bed struct {
	t      *testing.T
	hub    *session.Hub
	engine *engine.Engine
	hands  []*hand
	lis    *session.Listener
}

// hand moves a loop of the bed.
type hand struct {
	*drivertest.Hand
	loop *engine.Loop
}

func newBed(t *testing.T, loops int, hosts ...string) *bed {
	b := &bed{t: t}
	log := slog.New(slog.DiscardHandler)
	b.hub = &session.Hub{Table: table.New(), Log: log, KeepDeparted: true}
	b.hub.SetLimits(&session.Limits{Marks: flow.DefaultMarks(), InputBudget: 64 << 20,
		Answers: session.AnswerLimits{Reserve: 64 << 10, Rate: 1000, BytesRate: 1_000_000}})
	r, err := router.New(router.Config{Hosts: hosts}, b.hub.Table)
	if err != nil {
		t.Fatal(err)
	}
	b.hub.SetRules(&session.Rules{Router: r, Hosts: hosts, Host: &host.Service{}})
	var locals []*session.Local
	b.engine, err = engine.New(engine.Config{
		Loops: loops, Log: log, LowBytes: b.hub.Limits().Marks.Low,
		StallTimeout: 10 * time.Second, DrainTimeout: 10 * time.Second, LingerTimeout: 2 * time.Second,
		NewGate: b.hub.NewGate, Settled: b.hub.Settled,
		NewLocal: func(l *engine.Loop) any {
			locals = append(locals, b.hub.NewLocal(l))
			return locals[len(locals)-1]
		},
		Drivers: func(n int) (all []driver.Driver, err error) {
			for range n {
				b.hands = append(b.hands, &hand{Hand: drivertest.NewHand()})
				all = append(all, b.hands[len(b.hands)-1])
			}
			return all, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.hub.Bind(b.engine)
	for i, l := range b.engine.Loops() {
		b.hands[i].loop = l
	}
	b.lis = session.NewListener(&session.Settings{
		Name: "bed", StateTimeout: 5 * time.Second, Passwords: []string{"secret"}, CheckFrom: true,
	}, locals)
	return b
}

// turn ends a batch on every loop, and lets go what was released.
func (b *bed) turn() {
	for range 3 { // a batch's messages to other loops are read in the next
		for _, h := range b.hands {
			h.loop.EndBatch(driver.Now())
			for _, s := range h.Gone {
				h.loop.Released(s, h.FDs[s])
			}
			h.Gone = nil
		}
	}
}

// asked runs f, which waits for the loops, while they turn.
func (b *bed) asked(f func()) {
	done := make(chan struct{})
	go func() { f(); close(done) }()
	for {
		select {
		case <-done:
			return
		default:
			b.turn()
		}
	}
}

// peer is a component.
type peer struct {
	b    *bed
	h    *hand
	slot driver.Slot
	fd   int
}

func (b *bed) connect(loop int) *peer {
	b.t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = unix.Close(fds[1]) })
	h := b.hands[loop]
	h.loop.Adopt(fds[0], func(c *engine.Conn) engine.Handler { return b.hub.Accept(c, b.lis) })
	return &peer{b, h, h.Added, fds[1]}
}

// join opens a stream, with further attributes of its header, and proves itself.
func (b *bed) join(loop int, name, attrs string) *peer {
	b.t.Helper()
	p := b.connect(loop)
	p.says("<stream:stream xmlns='" + wire.NSComponent + "' xmlns:stream='" + wire.NSStreams + "' to='" + name + "'" + attrs + ">")
	_, rest, _ := strings.Cut(p.hears(), " id='")
	id, _, _ := strings.Cut(rest, "'")
	digest := wire.Digest(id, "secret")
	p.says("<handshake>" + string(digest[:]) + "</handshake>")
	if got := p.hears(); got != "<handshake/>" {
		b.t.Fatalf("%s hears %q", name, got)
	}
	return p
}

func (p *peer) says(s string) {
	p.h.loop.Data(p.slot, []byte(s), driver.Open)
	p.b.turn()
}

// hears is all that has been written to the peer since it was last asked.
func (p *peer) hears() string {
	p.b.turn()
	buf := make([]byte, 64<<10)
	n, _ := unix.Read(p.fd, buf)
	return string(buf[:max(n, 0)])
}
