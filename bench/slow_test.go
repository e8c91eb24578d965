// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"testing"
	"time"

	"weir/bench"
	"weir/bench/benchtest"
)

func slow(t *testing.T, fault benchtest.Fault) *bench.Result {
	t.Helper()
	o := start(t, fault)
	o.Size, o.Duration, o.DrainTimeout = 20000, 1500*time.Millisecond, time.Second
	r, err := bench.StopReading(t.Context(), o, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestStopReadingGoodServer(t *testing.T) {
	r := slow(t, benchtest.None)
	s := r.Slow
	if !r.Passed() || s.Before == 0 || s.Sent == 0 || s.Delivered != s.Sent-s.Lost {
		t.Errorf("%+v, checks %+v, errors %v %q", s, r.Checks, r.Errors, r.Notes)
	}
}

// A server in which one receiver can stop everybody fails.
func TestStopReadingBlocksAll(t *testing.T) {
	r := slow(t, benchtest.Block)
	if r.Passed() || r.Slow.During > r.Slow.Before/2 {
		t.Errorf("%+v, checks %+v", r.Slow, r.Checks)
	}
}

func TestStopReadingFindsLoss(t *testing.T) {
	if r := slow(t, benchtest.Lose); r.Passed() || r.Errors.Lost == 0 {
		t.Errorf("errors %v", r.Errors)
	}
}
