// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"weir/engine/drivertest"
	"weir/engine/epoll"
)

// A fault of ours in handling one peer's bytes costs that peer's connection,
// wherever it happens, and is counted.
func TestPanicClosesOneConnection(t *testing.T) { onEach(t, panicClosesOne) }

func panicClosesOne(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{Loops: 1})
	l := e.loops[0]
	bystander := connect(t, l, &user{onData: func(c *Conn, b []byte) { c.Append(l, run1(string(b), c.id)) }})
	panics := int64(0)
	for _, c := range []struct {
		name  string
		u     *user
		cause Cause
	}{
		{"in Data", &user{onData: func(*Conn, []byte) { panic("data") }}, CausePanic},
		{"in End", &user{onEnd: func(*Conn, bool) { panic("end") }}, CausePanic},
		{"in Resumed", &user{onData: func(c *Conn, _ []byte) { c.Hold(1); l.Post(func() { c.Resume(1) }) }, onResumed: func(*Conn) { panic("resumed") }}, CausePanic},
		{"in Closing", &user{onData: func(c *Conn, _ []byte) { c.Abort(CauseAborted) }, onClosing: func(*Conn, Cause) { panic("closing") }}, CauseAborted},
		{"after an append", &user{onData: func(c *Conn, _ []byte) { c.Append(l, run1("x", 9)); panic("data") }}, CausePanic},
	} {
		t.Run(c.name, func(t *testing.T) {
			connect(t, l, c.u)
			_, _ = c.u.peer.Write([]byte("x"))
			_ = c.u.peer.CloseWrite()
			if cause := c.u.wait(t); cause != c.cause {
				t.Errorf("cause %v, not %v", cause, c.cause)
			}
			panics++
			bystander.send(t, "still there?")
			bystander.reads(t, "still there?")
		})
	}
	on(t, l, func() {
		if l.Count.Panics != panics || l.critical != 0 {
			t.Errorf("%d panics counted, not %d; %d locks held", l.Count.Panics, panics, l.critical)
		}
	})
}

// A fault in Closed comes too late to close anything; the loop goes on.
func TestPanicInClosed(t *testing.T) {
	e := newEngine(t, epoll.New, Config{Loops: 1})
	l := e.loops[0]
	before := OutboxBytes()
	u := connect(t, l, &user{onClosed: func(*Conn, *Unsent) { panic("closed") }})
	u.block(t, 3, 900)
	on(t, l, func() { u.c.Abort(CauseAborted) })
	eventually(t, "it is counted", func() (seen bool) {
		on(t, l, func() { seen = l.Count.Panics == 1 })
		return seen
	})
	if n := OutboxBytes() - before; n != 0 {
		t.Errorf("%d bytes of outboxes are left", n)
	}
}

// helper names the part that this test binary plays when it is started again by
// one of its tests.
const helper = "WEIR_ENGINE_TEST"

// again starts this test binary for the calling test only, in the given part.
func again(t *testing.T, part string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+strings.Split(t.Name(), "/")[0]+"$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), helper+"="+part)
	return cmd
}

// A fault under a lock cannot be survived: others would wait for it for ever.
func TestPanicUnderLockEndsTheProcess(t *testing.T) {
	parts := map[string]func(*testing.T){"gate": panicInGate, "low": panicInLow, "critical": panicInCritical}
	if part := os.Getenv(helper); part != "" {
		parts[part](t)
		t.Log("survived")
		return
	}
	for part := range parts {
		t.Run(part, func(t *testing.T) {
			out, err := again(t, part).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "panic: under lock") || strings.Contains(string(out), "survived") {
				t.Errorf("the process ends with %v: %s", err, out)
			}
		})
	}
}

func panicInGate(t *testing.T) {
	g := &freeGate{admit: func(uint32, int, int) Verdict { panic("under lock") }}
	e := newEngine(t, epoll.New, Config{Loops: 1, NewGate: g.new})
	to := connect(t, e.loops[0], &user{})
	to.block(t, 3, 900)
	from := connect(t, e.loops[0], &user{onData: func(c *Conn, b []byte) { to.c.Append(c.loop, run1("x", c.id)) }})
	from.send(t, "x")
	from.wait(t)
}

func panicInLow(t *testing.T) {
	e := newEngine(t, epoll.New, Config{Loops: 1, NewGate: func(*Conn) Gate { return panicGate{} }})
	u := connect(t, e.loops[0], &user{onData: func(c *Conn, _ []byte) { c.Abort(CauseAborted) }})
	u.block(t, 3, 900)
	u.send(t, "x")
	u.wait(t)
}

type panicGate struct{}

func (panicGate) Admit(uint32, int, int) Verdict { return Queued }
func (panicGate) Charge(uint32, int)             {}
func (panicGate) Pay(uint32, int)                {}
func (panicGate) Low()                           { panic("under lock") }

// What is locked by Critical's user stays locked when calls of ours within have
// locked and unlocked.
func panicInCritical(t *testing.T) {
	e := newEngine(t, epoll.New, Config{Loops: 1})
	u := connect(t, e.loops[0], &user{onData: func(c *Conn, _ []byte) {
		c.loop.Critical(func() {
			c.Append(c.loop, run1(unitText(1, 1, 2*flushBytes), 1))
			panic("under lock")
		})
	}})
	u.send(t, "x")
	u.wait(t)
}

func TestCausesHaveNames(t *testing.T) {
	for k := CauseFinished; k <= CauseAborted; k++ {
		if k.String() == "" || slices.Contains(causeNames[:k], k.String()) {
			t.Errorf("cause %d is called %q", k, k)
		}
	}
}
