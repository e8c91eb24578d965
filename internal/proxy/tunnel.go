// SPDX-License-Identifier: Apache-2.0

package proxy

import "weir/engine"

// tunnel is one end of a way between a connection whose TLS stays in this process
// and its stream, which has gone on in another one. Both ends are engine.Handlers on
// one loop: what comes in at one goes out at the other.
type tunnel struct {
	conn  *engine.Conn
	other *tunnel
	far   bool // this end leads to the other process
	over  *bool
}

const (
	// tunnelBytes is what may wait in a tunnel for an end that does not take it: a
	// read of the other end's.
	tunnelBytes = 64 << 10
	// holdTunnel is why an end is not read: the other one does not take it.
	holdTunnel engine.Reason = 1
)

// newTunnel makes both ends; their connections are still to be set.
func newTunnel() (near, far *tunnel) {
	over := new(bool)
	near, far = &tunnel{over: over}, &tunnel{over: over, far: true}
	near.other, far.other = far, near
	return near, far
}

// Data implements engine.Handler.
func (t *tunnel) Data(b []byte) {
	to := t.other.conn
	to.Write(to.Loop(), b) // one that is ending takes none, and ends this one too
	if to.Owed() > tunnelBytes {
		t.conn.Hold(holdTunnel)
	}
}

// Resumed implements engine.Handler.
func (t *tunnel) Resumed() {}

// End implements engine.Handler. The end of the stream's side ends the connection,
// in good order; that of the peer's is passed on, since it may still be answered.
func (t *tunnel) End(failed bool) {
	switch {
	case failed: // Closing follows
	case !t.far:
		t.other.conn.HalfClose()
	case t.last():
		t.other.conn.Finish(nil, engine.CauseFinished)
		t.conn.Abort(engine.CauseFinished)
	}
}

// Closing implements engine.Handler.
func (t *tunnel) Closing(cause engine.Cause) {
	switch {
	case !t.last():
	case t.far:
		t.other.conn.Abort(cause)
	default:
		t.other.conn.Finish(nil, cause)
	}
}

// last says whether nothing has ended the tunnel yet, and that something has.
func (t *tunnel) last() bool {
	if *t.over {
		return false
	}
	*t.over = true
	return true
}

// Closed implements engine.Handler.
func (t *tunnel) Closed(*engine.Unsent, engine.Cause) { t.last() }

// tunnelGate has the other end read again when this one has caught up.
type tunnelGate struct{ *tunnel }

// Admit, Charge and Pay implement engine.Gate.
func (tunnelGate) Admit(uint32, int, int) engine.Verdict { return engine.Queued }
func (tunnelGate) Charge(uint32, int)                    {}
func (tunnelGate) Pay(uint32, int)                       {}

// Low implements engine.Gate.
func (g tunnelGate) Low() {
	from := g.other.conn
	from.Loop().Post(func() { from.Resume(holdTunnel) })
}

// newGate is the engine's NewGate.
func (p *Proxy) newGate(c *engine.Conn) engine.Gate {
	if t, ok := c.Handler().(*tunnel); ok {
		return tunnelGate{t}
	}
	return p.hub.NewGate(c)
}
