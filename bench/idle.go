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
	Processes   int     `json:"processes,omitempty"`  // of this tool that hold them
	Seconds     float64 `json:"open_seconds"`         // until all were up
	RSSBefore   int64   `json:"rss_before"`           // bytes, of the server
	RSSOpen     int64   `json:"rss_open"`             // when all were up, before the warm-up
	RSSHeld     int64   `json:"rss_held"`             // at the end of the hold
	PerConn     float64 `json:"bytes_per_connection"` // from before to held
	IdleCPU     float64 `json:"idle_cpu"`             // of one core, during the hold
}

// HoldOptions say how many connections to hold, and how.
type HoldOptions struct {
	N        int
	Parallel int // opened at once
	// Processes holds them in so many processes; 0 is as many as the limit on open
	// files demands. More than one needs Part.
	Processes int
	// Part is the command of a process that serves a Part (ServePart), but for its
	// share of the connections.
	Part []string
}

// Hold holds connections and measures what they cost while they do nothing: memory
// and processor time of the server, if its PIDs are known. Then, if they are to,
// they prove themselves.
func Hold(ctx context.Context, o Options, h HoldOptions, say Reporter) (*Result, error) {
	o.fill()
	o.Pairs, o.Window, o.Burst = 0, 0, 0
	r := o.newResult("idle")
	r.Params.Parallel = h.Parallel
	idle := &Idle{Connections: h.N}
	r.Idle = idle
	before, err := usageOf(o.PIDs)
	if err != nil {
		return nil, err
	}
	course, err := o.holders(ctx, &h, say, r)
	if err != nil {
		return nil, err
	}
	idle.Processes = h.Processes
	began := time.Now()
	if err := course.open(ctx); err != nil {
		course.fleet.Close()
		return nil, err
	}
	idle.Seconds = time.Since(began).Seconds()
	opened, _ := usageOf(o.PIDs)
	course.warmUp(ctx, o.Warmup)
	if err = course.measure(); err == nil {
		course.period(ctx, "hold", o.Duration)
	}
	held, _ := usageOf(o.PIDs)
	course.end(ctx)
	if err != nil {
		return nil, err
	}
	t := course.fleet.Sum()
	r.take(t)
	r.Proof = o.proofOf(t)
	idle.RSSBefore, idle.RSSOpen, idle.RSSHeld = before.RSS, opened.RSS, held.RSS
	idle.PerConn = float64(held.RSS-before.RSS) / float64(h.N)
	if r.ServerUse != nil {
		idle.IdleCPU = r.ServerUse.CPU / max(r.Seconds, 1e-9)
	}
	return r, nil
}

// holders makes the connections, in this process or in several others.
func (o *Options) holders(ctx context.Context, h *HoldOptions, say Reporter, r *Result) (*course, error) {
	if h.Processes == 0 {
		h.Processes = processesFor(h.N)
	}
	if h.Processes > 1 && len(h.Part) > 0 {
		crew := newCrew(*h)
		course := o.course(crew, say, r)
		course.spent = crew.cpu
		return course, nil
	}
	h.Processes = 1
	fleet, err := o.held(ctx, 0, h.N, h.Parallel)
	if err != nil {
		return nil, err
	}
	return o.course(fleet, say, r), nil
}

// held makes n connections from number first on, with the flows of their proof.
func (o *Options) held(ctx context.Context, first, n, parallel int) (*client.Fleet, error) {
	c := o.casting(first, n)
	if err := o.proofs(c, 0, n); err != nil {
		return nil, err
	}
	return o.fleet(ctx, client.Config{First: first, Parallel: parallel, Kind: fromFlow(0)}, c.cast)
}

// processesFor is how many processes n connections need, as the limit on open
// files is or can be made.
func processesFor(n int) int {
	most := client.FilesMost()
	return (n + most - 1) / most
}

func (i *Idle) print(row func(name, format string, args ...any)) {
	from := ""
	if i.Processes > 1 {
		from = grouped(int64(i.Processes)) + " processes, "
	}
	row("connections", "%s%s up in %.1f s", from, grouped(int64(i.Connections)), i.Seconds)
	if i.RSSBefore > 0 {
		row("server memory", "%.1f MiB before, %.1f open, %.1f held: %.2f KiB a connection",
			mib(i.RSSBefore), mib(i.RSSOpen), mib(i.RSSHeld), i.PerConn/1024)
		row("server idle", "%.1f %% of a core", i.IdleCPU*100)
	}
}
