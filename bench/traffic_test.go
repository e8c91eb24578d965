// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/benchtest"
	"weir/bench/client"
)

// start runs a server with a fault for the time of a test.
func start(t *testing.T, fault benchtest.Fault) bench.Options {
	t.Helper()
	s, err := benchtest.Start(fault)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return bench.Options{
		Target: bench.Target{Addr: s.Addr(), Secret: benchtest.Secret},
		Pairs:  3, Window: 16, Size: 250, Duration: 200 * time.Millisecond,
	}
}

var scenarios = map[string]func(context.Context, bench.Options, bench.Reporter) (*bench.Result, error){
	"forward": bench.Forward, "latency": bench.Latency, "soak": bench.Soak,
}

func TestGoodServerHasNoErrors(t *testing.T) {
	for name, run := range scenarios {
		for _, fault := range []benchtest.Fault{benchtest.None, benchtest.Rewrite} {
			for _, size := range []int{250, 0} {
				o := start(t, fault)
				o.Size = size
				r, err := run(t.Context(), o, bench.Quiet{})
				if err != nil {
					t.Fatal(err)
				}
				if r.Errors.Sum() != 0 || r.Delivered == 0 {
					t.Errorf("%s, %s, size %d: %d delivered, errors %v %q", name, fault, size, r.Delivered, r.Errors, r.Notes)
				}
				if r.Latency == nil || r.Latency.P50 <= 0 {
					t.Errorf("%s, %s: no latency", name, fault)
				}
			}
		}
	}
}

// Rewriting is learned once for each shape and flow, not parsed every time.
func TestRewritingIsLearned(t *testing.T) {
	o := start(t, benchtest.Rewrite)
	r, err := bench.Forward(t.Context(), o, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rewritten < r.Delivered {
		t.Errorf("%d rewritten of %d", r.Rewritten, r.Delivered)
	}
	if r.Parsed == 0 || r.Parsed > 3*uint64(o.Pairs) {
		t.Errorf("%d of %d stanzas were parsed, want one for each of %d flows or little more", r.Parsed, r.Delivered, o.Pairs)
	}
}

// A fault is counted as often as it happened.
func TestLossIsCountedExactly(t *testing.T) {
	o := start(t, benchtest.Lose)
	o.DrainTimeout = 500 * time.Millisecond
	o.Rate = 1000
	o.Duration = 700 * time.Millisecond
	r, err := bench.Latency(t.Context(), o, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	want := r.Sent / benchtest.Every
	if want == 0 || r.Errors.Lost+1 < want || r.Errors.Lost > want+1 {
		t.Errorf("%d lost of %d sent, want about %d", r.Errors.Lost, r.Sent, want)
	}
	if other := r.Errors.Sum() - r.Errors.Lost; other != 0 {
		t.Errorf("other errors: %v", r.Errors)
	}
}

func TestPatterns(t *testing.T) {
	for _, p := range bench.Patterns {
		o := start(t, benchtest.None)
		o.Pattern, o.Pairs, o.Threads = p, 5, 2
		r, err := bench.Forward(t.Context(), o, bench.Quiet{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Errors.Sum() != 0 || r.Delivered == 0 {
			t.Errorf("%s: %d delivered, errors %v %q", p, r.Delivered, r.Errors, r.Notes)
		}
	}
}

func TestOpenFailsClearly(t *testing.T) {
	o := start(t, benchtest.Refuse)
	_, err := bench.Forward(t.Context(), o, bench.Quiet{})
	if err == nil || !strings.Contains(err.Error(), "not-authorized") || !strings.Contains(err.Error(), "c0.example") {
		t.Errorf("refused handshake: %v", err)
	}
	o.Addr = "127.0.0.1:1"
	_, err = bench.Forward(t.Context(), o, bench.Quiet{})
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("no server: %v", err)
	}
}

// interrupter interrupts a run a moment after its measured part has something to show.
type interrupter struct {
	interrupt func()
	stage     string
}

func (i *interrupter) Stage(name string, _ time.Duration) { i.stage = name }
func (i *interrupter) Done()                              {}

func (i *interrupter) Update(at time.Duration, p client.Progress) {
	if i.stage != "open" && at > 300*time.Millisecond && p.Delivered+p.Opened > 0 || at > time.Minute {
		i.interrupt()
	}
}

// An interrupt ends every scenario early, with figures of the part that ran and no
// judgement of what did not.
func TestInterruptGivesHonestFigures(t *testing.T) {
	for name, run := range everything {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := newRig(benchtest.None)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { g.server.Close() }()
			g.o.Duration = 10 * time.Minute
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			g.say = &interrupter{interrupt: cancel}
			r, err := run(ctx, g)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Interrupted || r.Seconds > 60 || r.Delivered+r.Opened == 0 && r.Idle == nil || !r.Passed() || len(r.Checks) != 0 {
				t.Errorf("interrupted %v, %.1f s, %d delivered, errors %v, checks %v", r.Interrupted, r.Seconds, r.Delivered, r.Errors, r.Checks)
			}
		})
	}
}

func TestInterruptBeforeAnything(t *testing.T) {
	o := start(t, benchtest.None)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bench.Forward(ctx, o, bench.Quiet{}); err == nil || !strings.Contains(err.Error(), "interrupted when ") {
		t.Errorf("%v", err)
	}
}

// A schedule does not send more than its rate, and says how late the tool was. (A
// busy machine may send less; the arithmetic is tested in package client.)
func TestScheduleIsNotExceeded(t *testing.T) {
	o := start(t, benchtest.None)
	o.Rate, o.Burst, o.Duration = 2000, 5, time.Second
	r, err := bench.Latency(t.Context(), o, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Sent == 0 || float64(r.Sent) > 2000*r.Seconds+float64(o.Burst*o.Pairs) || r.Late == nil {
		t.Errorf("%d sent in %.2f s at 2000/s; late %v", r.Sent, r.Seconds, r.Late)
	}
}

// A server that delivers nothing from some time on is late by all the time since,
// not as quick as it was before: what is due when the measured part ends counts.
func TestStallUntilTheEndIsLatency(t *testing.T) {
	o := start(t, benchtest.Hang)
	o.Rate, o.Duration, o.DrainTimeout = 1000, 2*time.Second, 500*time.Millisecond
	r, err := bench.Latency(t.Context(), o, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	if l := r.Latency; l == nil || l.P50 < int64(o.Duration/4) {
		t.Errorf("%d delivered of %d in %.1f s; latency %+v", r.Delivered, r.Sent, r.Seconds, l)
	}
}

// A server that stands still once for a second and is quick otherwise: what was due
// meanwhile waited between a second and nothing, evenly, so each percentile is known.
// A tool that waited with the server (coordinated omission) would have one slow stanza
// of each flow, and a p99 as quick as the rest.
func TestPauseIsInEveryPercentile(t *testing.T) {
	t.Parallel()
	o := start(t, benchtest.Pause)
	o.Rate, o.Duration = 1000, 3*time.Second
	r, err := bench.Latency(t.Context(), o, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	all := float64(r.Latency.Count)
	for _, c := range []struct {
		percentile float64
		got        int64
	}{{90, r.Latency.P90}, {99, r.Latency.P99}, {99.9, r.Latency.P999}, {100, r.Latency.Max}} {
		slower := all * (1 - c.percentile/100) // as many took longer
		const slack = 300 * time.Millisecond   // until a busy machine's server has seen what it pauses after
		want := benchtest.PauseTime - time.Duration(slower/o.Rate*float64(time.Second)) - slack
		if time.Duration(c.got) < want {
			t.Errorf("p%g is %s, want %s at least", c.percentile, time.Duration(c.got), want)
		}
	}
	// A tool that waited with the server would miss what was due in a second.
	if due := o.Rate * o.Duration.Seconds(); all < due-o.Rate/2 || r.Errors.Sum() != 0 {
		t.Errorf("%.0f latencies of %.0f stanzas, errors %v", all, due, r.Errors)
	}
}
