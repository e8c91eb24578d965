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
// the accepted handshake. If they are to prove themselves, they are opened once
// more afterwards, to stay for that.
func Connect(ctx context.Context, o Options, parallel int, say Reporter) (*Result, error) {
	o.fill()
	o.Pairs, o.Window, o.Burst = 0, 0, 0
	r := o.newResult("connect")
	r.Params.Parallel = parallel
	perThread := (parallel + o.Threads - 1) / o.Threads
	fleet, err := o.fleet(ctx, client.Config{Parallel: perThread, Churn: true}, o.casting(0, parallel).cast)
	if err != nil {
		return nil, err
	}
	fleet.Start()
	course := o.course(fleet, say, r)
	course.warmUp(ctx, o.Warmup)
	if err := course.measure(); err != nil {
		fleet.Close()
		return nil, err
	}
	course.period(ctx, "measure", o.Duration)
	course.finish(ctx)
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
	if o.Prove {
		// It has its time even if the run was cut short: otherwise a server that deceives
		// would pass for a good one.
		return r, o.connectProof(context.WithoutCancel(ctx), r, parallel, say)
	}
	return r, nil
}

// connectProof shows that who connects under these names is who it says. What is not
// opened for it is an error of the server; the figures are taken, and stay.
func (o *Options) connectProof(ctx context.Context, r *Result, parallel int, say Reporter) error {
	c := o.casting(0, parallel)
	if err := o.proofs(c, 0, parallel); err != nil {
		return err
	}
	fleet, err := o.fleet(ctx, client.Config{Parallel: parallel, Kind: fromFlow(0)}, c.cast)
	if err != nil {
		return err
	}
	course := o.course(fleet, say, r)
	limited, cancel := context.WithTimeout(ctx, o.DrainTimeout)
	err = course.open(limited)
	cancel()
	if err == nil {
		course.settle(ctx, "prove", fleet.Prove)
	}
	fleet.Close()
	say.Done()
	t := fleet.Sum()
	r.Proof = o.proofOf(t)
	r.Errors = r.Errors.plus(errorsOf(t))
	if err != nil && t.Failed == 0 { // it took too long
		r.Errors.Broken++
		r.Notes = append(r.Notes, "the components could not prove themselves: not all were up in time")
	}
	r.Notes = append(r.Notes, t.Notes...)
	return nil
}
