// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/benchtest"
	"weir/bench/hostile"
)

// Tests here wait more than they compute: some more of them at once than processors, but not so many that on a busy
// machine none has the time it gives itself.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "4")
	os.Exit(m.Run())
}

// everything is every scenario there is, so that no server deceives any of them.
var everything = map[string]func(context.Context, *rig) (*bench.Result, error){
	"forward": func(ctx context.Context, g *rig) (*bench.Result, error) {
		return bench.Forward(ctx, g.o, g.say)
	},
	"latency": func(ctx context.Context, g *rig) (*bench.Result, error) {
		g.o.Rate = 2000 // with one under way there is nothing to be swapped
		return bench.Latency(ctx, g.o, g.say)
	},
	"soak": func(ctx context.Context, g *rig) (*bench.Result, error) {
		return bench.Soak(ctx, g.o, g.say)
	},
	"connect": func(ctx context.Context, g *rig) (*bench.Result, error) {
		return bench.Connect(ctx, g.o, 20, g.say)
	},
	"idle": func(ctx context.Context, g *rig) (*bench.Result, error) {
		return bench.Hold(ctx, g.o, bench.HoldOptions{N: 41, Parallel: 8}, g.say)
	},
	"slow": func(ctx context.Context, g *rig) (*bench.Result, error) {
		g.o.Duration *= 3
		return bench.StopReading(ctx, g.o, g.say)
	},
	"storm": func(ctx context.Context, g *rig) (*bench.Result, error) {
		g.o.Duration *= 3
		return bench.Reconnect(ctx, g.o, 20, g.say)
	},
	"restart": func(ctx context.Context, g *rig) (*bench.Result, error) {
		g.o.Duration *= 3
		return bench.Restarted(ctx, g.o, bench.Restarter{How: "test", Do: g.restart}, g.say)
	},
	"hostile": func(ctx context.Context, g *rig) (*bench.Result, error) {
		g.o.Duration *= 3
		return bench.Malformed(ctx, g.o, bench.HostileOptions{Streams: 100, Kinds: mild(), Patience: max(200*time.Millisecond, g.o.Duration/5)}, g.say)
	},
}

// lax are lines that a good server keeps on a machine that is busy with other tests.
var lax = bench.Lines{Keep: 0.02, P99: 30 * time.Second, Within: 20 * time.Second}

// mild are the kinds of malformed streams but for the largest, which keep a slow
// test server busy.
func mild() []hostile.Kind {
	kinds, err := hostile.Named([]string{"http", "namespace", "secret", "tags", "entity", "comment", "utf8", "attribute", "prefix", "half", "deep"})
	if err != nil {
		panic(err)
	}
	return kinds
}

// rig is a server of a test, and how to reach it.
type rig struct {
	o      bench.Options
	say    bench.Reporter
	fault  benchtest.Fault
	server *benchtest.Server
}

func newRig(fault benchtest.Fault) (*rig, error) {
	s, err := benchtest.Start(fault)
	if err != nil {
		return nil, err
	}
	return &rig{fault: fault, server: s, say: bench.Quiet{}, o: bench.Options{
		Target: bench.Target{Addr: s.Addr(), Secret: benchtest.Secret},
		Pairs:  3, Window: 16, Size: 250, Duration: 200 * time.Millisecond, DrainTimeout: 30 * time.Second, Lines: lax, Prove: true,
	}}, nil
}

// restart ends the server, and starts it again on the same port a little later.
func (g *rig) restart(context.Context) (err error) {
	g.server.Close()
	time.Sleep(30 * time.Millisecond)
	g.server, err = benchtest.StartAt(g.o.Addr, g.fault)
	return err
}

func TestGoodServerPassesEverything(t *testing.T) {
	for name, run := range everything {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := newRig(benchtest.None)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { g.server.Close() }()
			r, err := run(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Passed() || r.Proof != nil && (r.Proof.Sent == 0 || r.Proof.Delivered != r.Proof.Sent) {
				t.Errorf("errors %v %q, checks %+v, proof %+v", r.Errors, r.Notes, r.Checks, r.Proof)
			}
		})
	}
}

// found says which error a fault must show as.
func found(e bench.Errors, fault benchtest.Fault) uint64 {
	switch fault {
	case benchtest.Lose, benchtest.Hang:
		return e.Lost
	case benchtest.Double, benchtest.Both:
		return e.Doubled
	case benchtest.Reorder:
		return e.Reordered
	case benchtest.Alter, benchtest.AlterTo, benchtest.Truncate:
		return e.Altered
	case benchtest.Corrupt: // depends on where
		return e.Altered + e.Unknown + e.Broken + e.Lost
	case benchtest.Misroute:
		return e.Misrouted
	case benchtest.Answer:
		return e.Answered
	case benchtest.Twice:
		return e.Answered * e.Doubled
	case benchtest.Invent:
		return e.Unknown
	case benchtest.Garbage, benchtest.Close:
		return e.Broken
	}
	return 0
}

// Every scenario finds every fault and says what went wrong. The faults of one
// scenario are planted at the same time, since most of it is waiting for what was
// lost.
func TestEveryFaultIsFound(t *testing.T) {
	for name, run := range everything {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all sync.WaitGroup
			for _, fault := range benchtest.Faults {
				all.Go(func() {
					if err := findFault(t.Context(), fault, run); err != nil {
						t.Errorf("%s: %v", fault, err)
					}
				})
			}
			all.Wait()
		})
	}
}

func findFault(ctx context.Context, fault benchtest.Fault, run func(context.Context, *rig) (*bench.Result, error)) error {
	var r *bench.Result
	// A busy machine may leave a short run no time at all, and the server none to commit its fault.
	for d := 200 * time.Millisecond; d < 10*time.Second; d *= 5 {
		g, err := newRig(fault)
		if err != nil {
			return err
		}
		g.o.Duration, g.o.DrainTimeout, g.o.Lines.Within = d, 3*d+100*time.Millisecond, 3*time.Second
		r, err = run(ctx, g)
		g.server.Close()
		if err != nil {
			return err
		}
		if found(r.Errors, fault) > 0 {
			break
		}
	}
	if found(r.Errors, fault) == 0 || r.Passed() {
		return fmt.Errorf("not found: %d delivered, errors %v %q", r.Delivered, r.Errors, r.Notes)
	}
	switch fault {
	case benchtest.Lose, benchtest.Double, benchtest.Reorder, benchtest.Hang:
	default:
		if len(r.Notes) == 0 {
			return fmt.Errorf("nothing is said about what went wrong")
		}
	}
	return nil
}
