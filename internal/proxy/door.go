// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"fmt"
	"net/netip"
	"sync/atomic"

	"weir/engine"
	"weir/internal/config"
	"weir/internal/session"
)

// door is one [[listen.component]] at work.
type door struct {
	addr   netip.AddrPort // as configured
	limit  *engine.Limit
	lis    *session.Listener
	listen *engine.Listening

	entrance atomic.Pointer[entrance]
}

// open starts to listen as l says.
func (p *Proxy) open(c *config.Config, l *config.Listener) (*door, error) {
	d := &door{
		addr:  l.Addr,
		limit: engine.NewLimit(l.MaxConnections),
		lis:   session.NewListener(settings(c, l), p.locals),
	}
	d.entrance.Store(p.entranceOf(l))
	var err error
	d.listen, err = p.engine.Listen(engine.ListenConfig{
		Addr:      l.Addr,
		Backlog:   l.Backlog,
		ReusePort: l.ReusePort,
		Kernel:    l.AcceptBalance == config.BalanceKernel,
		Limit:     d.limit,
		Accept:    func(c *engine.Conn) engine.Handler { return p.accept(c, d) },
	})
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", l.Name, err)
	}
	return d, nil
}
