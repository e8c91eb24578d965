// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"fmt"
	"net/netip"
	"sync/atomic"

	"weir/engine"
	"weir/internal/config"
	"weir/internal/guard"
	"weir/internal/session"
)

// door is one [[listen.component]] at work.
type door struct {
	name   string // for logs
	limit  *engine.Limit
	guard  *guard.Guard
	lis    *session.Listener
	socket socket
	listen *engine.Listening // nil: shut

	entrance atomic.Pointer[entrance]
}

// socket is how a door listens. Where it differs the door is shut and opened.
type socket struct {
	addr      netip.AddrPort
	backlog   int
	reusePort bool
	balance   config.AcceptBalance
}

func socketOf(l *config.Listener) socket {
	return socket{l.Addr, l.Backlog, l.ReusePort, l.AcceptBalance}
}

// newDoor makes what l says, and does not listen yet.
func (p *Proxy) newDoor(c *config.Config, l *config.Listener) *door {
	d := &door{
		name:  l.Name,
		limit: engine.NewLimit(l.MaxConnections),
		guard: guard.New(guardSettings(&l.Abuse)),
	}
	d.limit.SetRate(l.Abuse.AcceptRate)
	d.lis = session.NewListener(settings(c, l, d), p.locals)
	d.entrance.Store(p.entranceOf(l, d))
	return d
}

// set has a door follow another block of the configuration; how it listens stays.
func (p *Proxy) set(d *door, c *config.Config, l *config.Listener) {
	d.guard.Set(guardSettings(&l.Abuse))
	d.lis.Set(settings(c, l, d))
	d.entrance.Store(p.entranceOf(l, d))
	d.limit.Set(l.MaxConnections)
	d.limit.SetRate(l.Abuse.AcceptRate)
}

// open has a door listen.
func (p *Proxy) open(d *door, s socket) error {
	lis, err := p.engine.Listen(p.listenConfig(d, s))
	if err != nil {
		return fmt.Errorf("listening on %s: %w", d.name, err)
	}
	d.socket, d.listen = s, lis
	return nil
}

func (p *Proxy) listenConfig(d *door, s socket) engine.ListenConfig {
	return engine.ListenConfig{
		Addr:      s.addr,
		Backlog:   s.backlog,
		ReusePort: s.reusePort,
		Kernel:    s.balance == config.BalanceKernel,
		Limit:     d.limit,
		Admit:     func(from netip.AddrPort) engine.Admission { return p.admit(d, from) },
	}
}

// shut has a door listen no more; those who are in stay.
func (d *door) shut() {
	if d.listen != nil {
		d.listen.Close()
		d.listen = nil
	}
}
