// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"time"

	"weir/bench/client"
)

// Idle is what connections that do nothing cost.
type Idle struct {
	Connections int     `json:"connections"`
	Seconds     float64 `json:"open_seconds"`         // until all were up
	RSSBefore   int64   `json:"rss_before"`           // bytes, of the server
	RSSOpen     int64   `json:"rss_open"`             // when all were up
	RSSHeld     int64   `json:"rss_held"`             // at the end of the hold
	PerConn     float64 `json:"bytes_per_connection"` // from before to held
	IdleCPU     float64 `json:"idle_cpu"`             // of one core, during the hold
}

// Hold holds n connections and measures what they cost while they do nothing:
// memory and processor time of the server, if its PIDs are known. parallel is how
// many are opened at once.
func Hold(ctx context.Context, o Options, n, parallel int, say Reporter) (*Result, error) {
	o.fill()
	o.Pairs, o.Window, o.Burst = 0, 0, 0
	r := o.newResult("idle")
	r.Params.Parallel = parallel
	idle := &Idle{Connections: n}
	r.Idle = idle
	before, err := usageOf(o.PIDs)
	if err != nil {
		return nil, err
	}
	fleet, err := o.idleFleet(ctx, n, client.Config{Parallel: parallel})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	course := course{fleet: fleet, say: say, pids: o.PIDs}
	if err := course.open(ctx); err != nil {
		fleet.Close()
		return nil, err
	}
	idle.Seconds = time.Since(began).Seconds()
	open, err := usageOf(o.PIDs)
	if err == nil {
		err = course.measure(ctx, o.Duration, r)
	}
	held, _ := usageOf(o.PIDs)
	fleet.Close()
	say.Done()
	if err != nil {
		return nil, err
	}
	r.Interrupted = ctx.Err() != nil
	r.take(fleet.Sum())
	idle.RSSBefore, idle.RSSOpen, idle.RSSHeld = before.RSS, open.RSS, held.RSS
	idle.PerConn = float64(held.RSS-before.RSS) / float64(n)
	if r.ServerUse != nil {
		idle.IdleCPU = r.ServerUse.CPU / r.Seconds
	}
	return r, nil
}

func (i *Idle) print(row func(name, format string, args ...any)) {
	row("connections", "%s up in %.1f s", grouped(int64(i.Connections)), i.Seconds)
	if i.RSSBefore > 0 {
		row("server memory", "%.1f MiB before, %.1f open, %.1f held: %.2f KiB a connection",
			mib(i.RSSBefore), mib(i.RSSOpen), mib(i.RSSHeld), i.PerConn/1024)
		row("server idle", "%.1f %% of a core", i.IdleCPU*100)
	}
}
