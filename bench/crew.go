// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	"weir/bench/client"
)

// A crew is other processes of this tool that hold connections, each a part of
// them, because one process has not enough files. They obey lines on their
// standard input and tell on their standard output, in lines of JSON, how they are;
// the end of their input is their own end.

// The orders.
const (
	orderProve = "prove"
	orderClose = "close"
)

// tellEvery is how often a part tells.
const tellEvery = 50 * time.Millisecond

// told is one line of a part.
type told struct {
	client.Progress
	CPU    time.Duration
	Proved bool           // all that was to be proven has a verdict, or was given up
	Why    string         // not all connections could be opened
	Totals *client.Totals // the last line
}

// ServePart holds a part of the connections of a Hold until its input ends.
func ServePart(ctx context.Context, o Options, first int, h HoldOptions, in io.Reader, out io.Writer) error {
	o.fill()
	fleet, err := o.held(ctx, first, h.N, h.Parallel)
	if err != nil {
		return err
	}
	p := &part{o: &o, fleet: fleet, out: json.NewEncoder(out)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		p.obey(ctx, in)
	}()
	var telling sync.WaitGroup
	telling.Go(func() {
		for ctx.Err() == nil {
			p.tell(nil)
			time.Sleep(tellEvery)
		}
	})
	if err := fleet.Open(ctx); err != nil && ctx.Err() == nil {
		p.set(func(t *told) { t.Why = err.Error() })
	}
	<-ctx.Done()
	telling.Wait()
	fleet.Close()
	totals := fleet.Sum()
	p.tell(&totals)
	return nil
}

// part is one process of a crew, as itself sees it.
type part struct {
	o     *Options
	fleet *client.Fleet
	out   *json.Encoder
	mu    sync.Mutex
	told  told
}

func (p *part) set(f func(*told)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.told)
}

// obey returns when there are no more orders.
func (p *part) obey(ctx context.Context, in io.Reader) {
	for s := bufio.NewScanner(in); s.Scan(); {
		switch s.Text() {
		case orderProve:
			limited, cancel := context.WithTimeout(ctx, p.o.DrainTimeout)
			p.fleet.Prove(limited)
			p.fleet.Drain(limited)
			cancel()
			p.set(func(t *told) { t.Proved = true })
		case orderClose:
			return
		}
	}
}

func (p *part) tell(totals *client.Totals) {
	p.set(func(t *told) {
		t.Progress, t.CPU, t.Totals = p.fleet.Progress(), ownCPU(), totals
		_ = p.out.Encode(t) // who does not listen any more has closed our input too
	})
}
