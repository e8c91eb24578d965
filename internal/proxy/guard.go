// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"net/netip"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/config"
	"weir/internal/guard"
	"weir/internal/refusal"
	"weir/internal/session"
)

// Why a connection was refused, beside the reasons of package guard.
const (
	badProxyHeader = "proxy-header"
	badTLS         = "tls"
)

func guardSettings(a *config.Abuse) guard.Settings {
	return guard.Settings{
		Allow: a.Allow, Deny: a.Deny, Proxies: a.TrustedProxies,
		Connections: a.MaxPerAddress, Rate: a.AcceptRatePerAddress,
		Failures: a.MaxAuthFailures, Window: a.Window, Lockout: a.Lockout,
	}
}

// warden counts wrong proofs, if anything follows from them.
func (d *door) warden(l *config.Listener) session.Warden {
	if l.Abuse.MaxAuthFailures == 0 {
		return nil
	}
	return d.guard
}

// admit says whether somebody may come in who has been accepted. Behind a proxy
// that is known only when the proxy has told who it is.
func (p *Proxy) admit(d *door, from netip.AddrPort) engine.Admission {
	e := d.entrance.Load()
	if e.header {
		if !d.guard.MayTell(from.Addr()) {
			p.refused(d, string(guard.UntrustedProxy), from)
			return engine.Admission{Refused: true}
		}
		return engine.Admission{Accept: e.accept}
	}
	left, why := d.guard.Enter(from.Addr(), driver.Now())
	if why != guard.Admitted {
		p.refused(d, string(why), from)
		return engine.Admission{Refused: true}
	}
	return engine.Admission{Accept: e.accept, Left: left}
}

// enter is admit for somebody of whom a proxy has told. A connection that may not
// is closed.
func (p *Proxy) enter(d *door, c *engine.Conn) bool {
	left, why := d.guard.Enter(c.RemoteAddr().Addr(), driver.Now())
	if why != guard.Admitted {
		p.refused(d, string(why), c.RemoteAddr())
		c.Abort(engine.CauseAborted)
		return false
	}
	if left != nil {
		c.OnLeave(left)
	}
	return true
}

// refused tells of a connection that was closed for where it is from.
func (p *Proxy) refused(d *door, reason string, peer netip.AddrPort) {
	p.hub.Refusals.Connection(refusal.Entry{Reason: reason, Listener: d.name, Peer: peer})
	p.log.Warn("connection refused", "reason", reason, "listener", d.name, "peer", peer)
}

// broken tells of a connection that was closed for what came before its stream.
func (p *Proxy) broken(d *door, reason string, c *engine.Conn, err error) {
	peer := c.RemoteAddr()
	p.hub.Refusals.Connection(refusal.Entry{Reason: reason, Listener: d.name, Peer: peer})
	p.log.Warn("connection closed", "reason", err, "listener", d.name, "peer", peer)
}
