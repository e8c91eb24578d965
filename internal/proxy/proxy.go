// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"weir/engine"
	"weir/internal/cluster"
	"weir/internal/cluster/directory"
	"weir/internal/config"
	"weir/internal/session"
	"weir/internal/upstream"
	"weir/table"
)

// Proxy is a running weir.
type Proxy struct {
	log    *slog.Logger
	engine *engine.Engine
	hub    *session.Hub
	locals []*session.Local // by loop

	version string
	driver  string
	started time.Time
	leaving atomic.Bool   // not ready any more
	hosts   []string      // those of the start
	abort   chan struct{} // closed: leave at once
	ending  chan struct{} // closed: the loops answer no more
	once    sync.Once

	handed    chan struct{}           // closed: the streams have gone on in another process
	after     atomic.Pointer[bequest] // what has gone there; nil: nothing
	heir      *heir                   // what has come from another one, until Begin; nil: nothing
	elsewhere *directory.Directory    // what other nodes serve; nil: there are none
	cluster   *cluster.Node           // nil: likewise
	joining   sync.WaitGroup

	offload    *engine.Offload
	handshakes *engine.Handshakes
	upstreams  *upstream.Manager
	groups     upstream.Grouping // of upstreams; guarded by mu, once New is over

	mu    sync.Mutex // guards what follows
	cfg   *config.Config
	doors []*door
}

// New opens everything and begins to serve. version is weir's own, as the host
// service tells it.
func New(c *config.Config, log *slog.Logger, version string) (*Proxy, error) {
	p, err := build(c, log, version)
	if err != nil {
		return nil, err
	}
	for i := range c.Listeners {
		d := p.newDoor(c, &c.Listeners[i])
		if err := p.open(d, socketOf(&c.Listeners[i])); err != nil {
			p.close()
			return nil, errors.Join(err, p.stop())
		}
		p.doors = append(p.doors, d)
	}
	return p, nil
}

// build makes a proxy that runs and has no doors.
func build(c *config.Config, log *slog.Logger, version string) (*Proxy, error) {
	p := &Proxy{log: log, cfg: c, version: version, hosts: c.General.Hosts,
		abort: make(chan struct{}), ending: make(chan struct{}), handed: make(chan struct{}), elsewhere: elsewhere(c)}
	p.hub = &session.Hub{
		Table:        table.New(),
		Log:          log,
		KeepDeparted: c.Admin.Address != "" || c.Admin.Socket != "", // else nobody asks
	}
	p.hub.SetLimits(streamLimits(&c.Engine))
	r, err := p.rules(c)
	if err != nil {
		return nil, err
	}
	n := loops(&c.Engine)
	runtime.GOMAXPROCS(n + spareThreads)
	setCollector(c.Cluster.Multiple())
	open, driver := drivers(c.Engine.Driver, log)
	p.driver, p.started = driver, time.Now()
	p.engine, err = engine.New(engine.Config{
		Loops:         n,
		Drivers:       open,
		Log:           log,
		LowBytes:      c.Engine.QueueLow,
		StallTimeout:  c.Engine.StallTimeout,
		DrainTimeout:  drainTimeout,
		LingerTimeout: lingerTimeout,
		NewGate:       p.newGate,
		Settled:       p.hub.Settled,
		NewLocal: func(l *engine.Loop) any {
			lo := p.hub.NewLocal(l)
			p.locals = append(p.locals, lo)
			return lo
		},
	})
	if err != nil {
		return nil, err
	}
	log.Info("event loops", "driver", driver, "loops", n)
	p.hub.Bind(p.engine)
	p.offload = engine.NewOffload(spareThreads-1, offloadQueue)
	p.handshakes = engine.NewHandshakes(p.offload)
	p.upstreams = upstream.New(upstream.Config{
		Hub: p.hub, Log: log, Locals: p.locals, Grouping: &p.groups, Servers: servers(c), Handshakes: p.handshakes,
	})
	p.setRules(r)
	p.engine.Start()
	if err := p.joinCluster(c); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// setRules has the rules, and the servers behind us, hold from now on.
func (p *Proxy) setRules(r *session.Rules) {
	r.Upstream = p.upstreams
	p.hub.SetRules(r)
}

// Run serves until ctx is done, then says goodbye to everybody and returns when
// they have left.
func (p *Proxy) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		p.leaving.Store(true)
		p.drain()
	case <-p.handed:
		p.leaving.Store(true)
		p.outlive()
	case <-p.abort:
		p.leaving.Store(true)
	}
	p.close()
	if err := p.stop(); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}

// stop ends the loops, then what works for them.
func (p *Proxy) stop() error {
	p.upstreams.Stop()
	p.leaveCluster()
	close(p.ending)
	err := p.engine.Stop()
	p.offload.Stop()
	return err
}

// Abort makes Run return without waiting for anybody.
func (p *Proxy) Abort() { p.once.Do(func() { close(p.abort) }) }

// Addrs are the addresses listened on, in the order of the configuration.
func (p *Proxy) Addrs() []netip.AddrPort {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []netip.AddrPort
	for _, d := range p.doors {
		all = append(all, d.listen.Addr())
	}
	return all
}

// close stops listening.
func (p *Proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.doors {
		d.shut()
	}
	p.doors = nil
}
