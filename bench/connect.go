// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"

	"weir/bench/client"
)

// Connect measures how many connections a second a server takes: connect,
// header, handshake, end of stream, close, and again under the same name.
// Parallel of them are under way at once. The latency is that from connect to
// the accepted handshake.
func Connect(ctx context.Context, o Options, parallel int, say Reporter) (*Result, error) {
	o.fill()
	o.Pairs, o.Window, o.Burst = 0, 0, 0
	r := o.newResult("connect")
	r.Params.Parallel = parallel
	perThread := (parallel + o.Threads - 1) / o.Threads
	fleet, err := o.idleFleet(ctx, parallel, client.Config{Parallel: perThread, Churn: true})
	if err != nil {
		return nil, err
	}
	fleet.Start()
	course := course{fleet: fleet, say: say, pids: o.PIDs}
	if err := course.warm(ctx, o.Warmup); err == nil {
		if err := course.measure(ctx, o.Duration, r); err != nil {
			fleet.Close()
			return nil, err
		}
	}
	r.Interrupted = ctx.Err() != nil
	fleet.Close()
	say.Done()
	t := fleet.Sum()
	r.take(t)
	if t.Opened == 0 && len(t.Notes) > 0 {
		return nil, fmt.Errorf("no connection came up: %s", t.Notes[0])
	}
	r.Opened = t.Window.Opened
	r.PerSecond = float64(r.Opened) / max(r.Seconds, 1e-9)
	r.perMillion(r.Opened)
	return r, nil
}

// idleFleet makes a fleet of components without traffic.
func (o *Options) idleFleet(ctx context.Context, n int, cfg client.Config) (*client.Fleet, error) {
	addr, err := client.Resolve(ctx, o.Addr)
	if err != nil {
		return nil, err
	}
	names := make([]string, n)
	for i := range names {
		names[i] = o.domain(i)
	}
	cfg.Addr, cfg.Secret, cfg.TLS, cfg.Threads = addr, o.Secret, o.TLS, o.Threads
	return client.New(cfg, names, nil)
}
