// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/benchtest"
	"weir/bench/client"
)

// stopper interrupts a run as its n-th stage begins, and notes them all.
type stopper struct {
	n         int
	interrupt func()

	mu     sync.Mutex
	stages []string
}

func (s *stopper) Stage(name string, _ time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stages = append(s.stages, name)
	if len(s.stages) == s.n {
		s.interrupt()
	}
}
func (s *stopper) Update(time.Duration, client.Progress) {}
func (s *stopper) Done()                                 {}

// An interrupt at the beginning of any stage of any scenario ends it with what was
// measured until then: no figure of what did not happen, no judgement, no blame.
func TestInterruptAtEveryStage(t *testing.T) {
	for name, run := range everything {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				g, err := newRig(benchtest.None)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				s := &stopper{n: n, interrupt: cancel}
				g.say, g.o.Warmup = s, 50*time.Millisecond
				r, err := run(ctx, g)
				cancel()
				g.server.Close()
				if len(s.stages) < n {
					return // it was not interrupted: there are no more stages
				}
				stage := s.stages[n-1]
				switch first := n == 1; {
				case err != nil && (stage != "open" || !first || !strings.Contains(err.Error(), "interrupted")):
					t.Errorf("%s: %v", stage, err)
				case err == nil:
					honest(t, stage, r)
				}
			}
		})
	}
}

// honest checks the result of a run that was interrupted when a stage began.
func honest(t *testing.T, stage string, r *bench.Result) {
	t.Helper()
	over := slices.Contains([]string{"open", "prove", "drain"}, stage) // all was measured
	if r.Interrupted == over || r.Errors.Sum() != 0 || r.Interrupted && len(r.Checks) > 0 {
		t.Errorf("%s: interrupted %v, errors %v %q, checks %v", stage, r.Interrupted, r.Errors, r.Notes, r.Checks)
	}
	if stage == "warm up" && !r.Unmeasured() || over && r.Seconds == 0 {
		t.Errorf("%s: %.3f s were measured", stage, r.Seconds)
	}
	happened := r.Slow != nil || r.Storm != nil || r.Restart != nil || r.Hostile != nil
	if happened && (stage == "warm up" || stage == "before") {
		t.Errorf("%s: there are figures of what did not happen: %+v %+v %+v %+v", stage, r.Slow, r.Storm, r.Restart, r.Hostile)
	}
	if r.Restart != nil && stage == "restart" && !r.Restart.Unfinished && r.Restart.Missing == 0 {
		t.Errorf("%s: whole after %.3f s, which nobody has seen", stage, r.Restart.Whole)
	}
	var b strings.Builder
	r.Print(&b)
	if said := strings.Contains(b.String(), "interrupted: "); said != r.Interrupted {
		t.Errorf("%s: %s", stage, b.String())
	}
}

// A server that deceives does so too if the run is cut short.
func TestInterruptHidesNothing(t *testing.T) {
	g, err := newRig(benchtest.Double)
	if err != nil {
		t.Fatal(err)
	}
	defer g.server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g.o.Duration, g.say = 10*time.Minute, &interrupter{interrupt: cancel}
	r, err := bench.Connect(ctx, g.o, 30, g.say)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Interrupted || r.Proof == nil || r.Errors.Doubled == 0 {
		t.Errorf("interrupted %v, proof %+v, errors %v", r.Interrupted, r.Proof, r.Errors)
	}
}

// What was measured stays, if the components cannot prove themselves afterwards.
func TestConnectKeepsItsFigures(t *testing.T) {
	g, err := newRig(benchtest.None)
	if err != nil {
		t.Fatal(err)
	}
	s := &stopper{n: 2, interrupt: g.server.Close} // measure, open: it is gone before the proof
	g.say, g.o.Warmup = s, 0
	r, err := bench.Connect(t.Context(), g.o, 4, s)
	if err != nil {
		t.Fatal(err)
	}
	if s.stages[1] != "open" || r.Opened == 0 || r.Errors.Broken == 0 || r.Passed() || len(r.Notes) == 0 {
		t.Errorf("%v: %d opened, errors %v %q", s.stages, r.Opened, r.Errors, r.Notes)
	}
}
