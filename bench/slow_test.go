// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"testing"
	"time"

	"weir/bench"
	"weir/bench/benchtest"
)

func slow(t *testing.T, fault benchtest.Fault, d time.Duration, keep float64) *bench.Result {
	t.Helper()
	o := start(t, fault)
	o.Size, o.Duration, o.DrainTimeout = 4000, d, 5*time.Second
	if fault == benchtest.None {
		o.DrainTimeout = time.Minute // it ends when all has come
	}
	o.Lines.Keep = keep
	r, err := bench.StopReading(t.Context(), o, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestStopReadingGoodServer(t *testing.T) {
	t.Parallel()
	const least = 0.02 // the machine may be busy
	r := slow(t, benchtest.None, 1500*time.Millisecond, least)
	s := r.Slow
	if !r.Passed() || s.Before == 0 || s.Sent == 0 || s.Delivered+s.Answered != s.Sent-s.Lost {
		t.Errorf("%+v, checks %+v, errors %v %q", s, r.Checks, r.Errors, r.Notes)
	}
}

// A server in which one receiver can stop everybody fails, once there was time to
// fill what is queued for it.
func TestStopReadingBlocksAll(t *testing.T) {
	t.Parallel()
	var r *bench.Result
	for _, d := range []time.Duration{1500 * time.Millisecond, 6 * time.Second, 24 * time.Second} {
		if r = slow(t, benchtest.Block, d, 0.5); !r.Passed() {
			return
		}
	}
	t.Errorf("%+v, checks %+v", r.Slow, r.Checks)
}

func TestStopReadingFindsLoss(t *testing.T) {
	t.Parallel()
	if r := slow(t, benchtest.Lose, 1500*time.Millisecond, 0.02); r.Passed() || r.Errors.Lost == 0 {
		t.Errorf("errors %v", r.Errors)
	}
}

// What a server drops of the slow receiver's alone is lost in silence, once there was
// time to fill what is queued for it.
func TestStopReadingFindsWhoSheds(t *testing.T) {
	t.Parallel()
	var r *bench.Result
	for _, d := range []time.Duration{1500 * time.Millisecond, 6 * time.Second, 24 * time.Second, time.Minute} {
		if r = slow(t, benchtest.Shed, d, 0.02); failed(r, "what that receiver was sent arrives") {
			break
		}
	}
	if r.Passed() || r.Slow.Lost == 0 || r.Errors.Sum() != 0 {
		t.Errorf("%+v, checks %+v, errors %v", r.Slow, r.Checks, r.Errors)
	}
}

// A server that takes its time to pass on what has waited has lost nothing.
func TestStopReadingWaitsWhileSomethingComes(t *testing.T) {
	t.Parallel()
	o := start(t, benchtest.Trickle)
	o.Size, o.Duration, o.Lines.Keep, o.DrainTimeout = 20000, 3*time.Second, 0.02, 2*time.Minute
	r, err := bench.StopReading(t.Context(), o, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Passed() || r.Slow.Delivered != r.Slow.Sent {
		t.Errorf("%+v, checks %+v, errors %v %q", r.Slow, r.Checks, r.Errors, r.Notes)
	}
}
