// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Why a connection was not secured, for Security.Refused; what crypto/tls finds
// comes as it says it.
var (
	ErrHandshakeTime = errors.New("the TLS handshake took too long")
	ErrHandshakeFull = errors.New("too many TLS handshakes are waiting")
	ErrHandshakeSlow = errors.New("the peer was silent in the TLS handshake while others waited")
)

const (
	// heldBytes is how much may come while a step is computed before reading
	// stops: a client's certificates, or its first words after the handshake.
	heldBytes = 64 << 10
	// holdHandshake is why it stops. It is gone before the next handler comes.
	holdHandshake Reason = 1 << 7
	// retryAfter is when a handshake that found no place looks again.
	retryAfter = 100 * time.Millisecond
)

// handshake is a connection's handler while it negotiates. It is owned by the
// connection's loop, but for the layer while busy: then that is the runner's.
type handshake struct {
	t    *layer
	sec  *Security
	next func() Handler

	got      []byte // came, and is not given to the runner
	busy     bool   // a step waits for its turn or is computed
	begun    bool   // the peer's first message was whole, or we speak first
	over     bool   // it has failed, or its connection goes
	fin      bool   // the peer has ended its side
	deadline int64
	timer    Timer

	place place // among all handshakes
	steps steps // of the runner
}

func begin(t *layer, s *Security, next func() Handler) *handshake {
	h := &handshake{t: t, sec: s, next: next}
	l := t.c.loop
	h.place = place{h: h, from: network(t.wire.remote.Addr())}
	h.steps.t, h.steps.done = t, func() {
		s.Handshakes.stepped(&h.place)
		l.Post(h.stepped)
	}
	h.deadline = l.now + s.Timeout.Nanoseconds()
	h.timer.Fire = h.tick
	l.Arm(&h.timer, h.deadline)
	if s.Client {
		h.start()
	}
	return h
}

// network is what counts as one place that handshakes come from.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64 // what one customer has
	}
	p, _ := a.Prefix(bits) // zero for an address that is not IP
	return p
}

// Data implements Handler. b is encrypted.
func (h *handshake) Data(b []byte) {
	if h.over {
		return
	}
	h.got = append(h.got, b...)
	switch {
	case h.busy:
		if len(h.got) > heldBytes {
			h.t.c.Hold(holdHandshake)
		}
	case h.begun:
		h.step()
	default:
		h.hello()
	}
}

// hello starts when the peer's first message is whole.
func (h *handshake) hello() {
	whole, err := helloWhole(h.got)
	switch {
	case err == nil && !whole && len(h.got) > helloBytesMax:
		h.refuse(errHelloLong)
	case err != nil:
		h.refuse(err)
	case whole:
		h.start()
	}
}

// start asks for a place among the handshakes that are computed.
func (h *handshake) start() {
	h.begun, h.busy = true, true
	h.give()
	if err := h.sec.Handshakes.enter(&h.place); err != nil {
		h.busy = false
		h.refuse(err)
		return
	}
	h.watch()
}

// step has a runner go on with what has come.
func (h *handshake) step() {
	h.busy = true
	h.give()
	if err := h.sec.Handshakes.goOn(&h.place); err != nil {
		h.busy = false
		h.refuse(err)
	}
}

// give hands what has come over to the runner's next step.
func (h *handshake) give() {
	h.t.wire.in, h.got = append(h.t.wire.in, h.got...), nil
}

// watch sets the timer for the deadline, or earlier while there is no place.
func (h *handshake) watch() {
	l := h.t.c.loop
	at := h.deadline
	if h.sec.Handshakes.look(&h.place) {
		at = min(at, l.now+retryAfter.Nanoseconds())
	}
	l.Arm(&h.timer, at)
}

// tick looks again, or ends what took too long.
func (h *handshake) tick() {
	defer h.t.c.Guard()
	if h.t.c.loop.now >= h.deadline {
		h.sec.Handshakes.late.Add(1)
		h.refuse(ErrHandshakeTime)
		return
	}
	h.watch()
}

// stepped is called on the loop after each step.
func (h *handshake) stepped() {
	c := h.t.c
	defer c.Guard()
	h.busy = false
	if h.over {
		h.unwind()
		return
	}
	h.t.flushLater()
	switch {
	case !h.steps.ended && h.fin && len(h.got) == 0:
		c.Abort(CausePeer)
	case !h.steps.ended:
		if len(h.got) > 0 {
			h.step()
		}
		c.Resume(holdHandshake)
	case h.steps.err != nil:
		h.sec.Handshakes.failed.Add(1)
		h.refuse(h.steps.err)
	default:
		h.finish()
	}
}

// finish gives the connection to the next handler.
func (h *handshake) finish() {
	t, c := h.t, h.t.c
	h.over = true
	h.leave()
	t.ready = true
	t.negotiated()
	rest := append(t.wire.in, h.got...)
	h.got = nil
	h.sec.Handshakes.made.Add(1)
	c.SetHandler(h.next())
	if c.phase != open {
		return
	}
	t.receive(rest) // crypto/tls may have something of it already
	if h.fin && !t.ended && c.phase == open {
		c.h.End(false)
	}
	if c.Held()&holdHandshake != 0 {
		c.Resume(holdHandshake)
	} else if c.bite > 0 {
		c.rearm()
	}
}

// refuse ends the connection: with what crypto/tls has to say about it, if it has
// seen anything of it.
func (h *handshake) refuse(err error) {
	if h.over {
		return
	}
	c := h.t.c
	if h.sec.Refused != nil {
		h.sec.Refused(c, fmt.Errorf("TLS: %w", err))
	}
	words := !h.busy && h.steps.ended && h.t.wire.waiting() > 0
	h.end()
	if words {
		c.Finish(nil, CauseAborted)
		return
	}
	c.Abort(CauseAborted)
}

// evicted: others wait, and this peer has been silent.
func (h *handshake) evicted() {
	defer h.t.c.Guard()
	h.refuse(ErrHandshakeSlow)
}

// end gives back what the handshake has.
func (h *handshake) end() {
	if h.over {
		return
	}
	h.over = true
	if h.leave() {
		h.busy = false // its turn will not come
	}
	h.got = nil
	if !h.busy {
		h.unwind()
	}
}

// leave gives up its place. It says whether its first step was still to come.
func (h *handshake) leave() (queued bool) {
	h.t.c.loop.Disarm(&h.timer)
	return h.sec.Handshakes.leave(&h.place)
}

// unwind ends a handshake in the middle: its stack is on a runner's thread.
func (h *handshake) unwind() {
	if h.steps.resume == nil || h.steps.ended {
		return
	}
	h.busy = true
	if h.steps.lane.Do(h.steps.unwind) != nil {
		l := h.t.c.loop // the runner has too much to do: later, then
		h.timer.Fire = h.unwind
		l.Arm(&h.timer, l.now+retryAfter.Nanoseconds())
	}
}

// Resumed implements Handler.
func (h *handshake) Resumed() {}

// End implements Handler. A peer that says no more may have said all that was
// needed.
func (h *handshake) End(failed bool) {
	if failed || !h.busy {
		h.t.c.Abort(CausePeer)
		return
	}
	h.fin = true
}

// Closing implements Handler.
func (h *handshake) Closing(Cause) { h.end() }

// Closed implements Handler.
func (h *handshake) Closed(*Unsent, Cause) { h.end() }
