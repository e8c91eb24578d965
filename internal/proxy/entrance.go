// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"crypto/tls"
	"time"

	"weir/engine"
	"weir/internal/config"
	"weir/internal/preface"
	"weir/internal/tlsconf"
)

const (
	// handshakeTimeout is what a TLS handshake has (behaviour, section 9).
	handshakeTimeout = 5 * time.Second
	// offloadQueue is how much work may wait for the runners: more than the
	// handshakes that may be under way at once.
	offloadQueue = 8192
)

// entrance is what a connection goes through before its stream begins. A reload
// puts another one in its place; who is inside goes on as before.
type entrance struct {
	header   bool             // a PROXY header comes first
	security *engine.Security // nil: plain
	identity bool             // the names in the peer's certificate are asked for
	accept   func(*engine.Conn) engine.Handler
}

func (p *Proxy) entranceOf(l *config.Listener, d *door) *entrance {
	e := &entrance{header: l.ProxyProtocol}
	e.accept = func(c *engine.Conn) engine.Handler { return p.accept(c, d, e) }
	if l.TLS == nil {
		return e
	}
	e.identity = l.TLS.Identity == config.IdentityCertificate
	e.security = &engine.Security{
		Config:     l.TLS.Server.Config,
		Timeout:    handshakeTimeout,
		Handshakes: p.handshakes,
		Refused:    func(c *engine.Conn, err error) { p.broken(d, badTLS, c, err) },
	}
	return e
}

// accept gives a connection to its session, after what must come before.
func (p *Proxy) accept(c *engine.Conn, d *door, e *entrance) engine.Handler {
	if !e.header {
		return p.secure(c, d, e)
	}
	return p.introduce(c, d, e)
}

// introduce waits until a proxy has told whose connection it passes on.
func (p *Proxy) introduce(c *engine.Conn, d *door, e *entrance) *preface.Stage {
	refused := func(err error) { p.broken(d, badProxyHeader, c, err) }
	s := preface.Await(c, refused, func() engine.Handler {
		if !p.enter(d, c) {
			return nil
		}
		return p.secure(c, d, e)
	})
	s.For = d
	return s
}

func (p *Proxy) secure(c *engine.Conn, d *door, e *entrance) engine.Handler {
	if e.security == nil {
		return p.hub.Accept(c, d.lis)
	}
	return c.Secure(e.security, func() engine.Handler {
		var names []string
		if e.identity {
			names = proven(c.TLS())
		}
		s := p.hub.AcceptProven(c, d.lis, names)
		if b := p.after.Load(); b != nil {
			return b.late(c, s)
		}
		return s
	})
}

// proven are the names that the peer's certificate, which has been verified, is
// for.
func proven(st *tls.ConnectionState) []string {
	if len(st.PeerCertificates) == 0 {
		return nil
	}
	return tlsconf.Names(st.PeerCertificates[0])
}

// Certificate is one that a listener shows, and until when it is good.
type Certificate struct {
	Listener string
	tlsconf.Expiry
}

// Certificates are those of all listeners, in the order of the configuration.
func (p *Proxy) Certificates() []Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Certificate
	for i := range p.cfg.Listeners {
		l := &p.cfg.Listeners[i]
		if l.TLS == nil {
			continue
		}
		for _, e := range l.TLS.Server.Expiries {
			all = append(all, Certificate{l.Name, e})
		}
	}
	return all
}

// Handshakes counts TLS handshakes.
func (p *Proxy) Handshakes() engine.HandshakeCount { return p.handshakes.Count() }
