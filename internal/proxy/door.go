// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"fmt"
	"net/netip"

	"weir/engine"
	"weir/internal/config"
	"weir/internal/preface"
	"weir/internal/session"
)

// door is one [[listen.component]] at work.
type door struct {
	addr   netip.AddrPort // as configured
	limit  *engine.Limit
	lis    *session.Listener
	listen *engine.Listening
}

// open starts to listen as l says.
func (p *Proxy) open(c *config.Config, l *config.Listener) (*door, error) {
	d := &door{
		addr:  l.Addr,
		limit: engine.NewLimit(l.MaxConnections),
		lis:   session.NewListener(settings(c, l), p.locals),
	}
	var err error
	d.listen, err = p.engine.Listen(engine.ListenConfig{
		Addr:      l.Addr,
		Backlog:   l.Backlog,
		ReusePort: l.ReusePort,
		Limit:     d.limit,
		Accept:    p.accept(d, l.ProxyProtocol),
	})
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", l.Name, err)
	}
	return d, nil
}

// accept gives a connection to its session, after what must come before.
func (p *Proxy) accept(d *door, proxyHeader bool) func(*engine.Conn) engine.Handler {
	begin := func(c *engine.Conn) engine.Handler { return p.hub.Accept(c, d.lis) }
	if !proxyHeader {
		return begin
	}
	return func(c *engine.Conn) engine.Handler {
		return preface.Await(c, p.log, func() engine.Handler { return begin(c) })
	}
}
