// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/benchtest"
)

func TestConnectCountsConnections(t *testing.T) {
	for _, parallel := range []int{1, 8} {
		o := start(t, benchtest.None)
		o.PIDs = []int{os.Getpid()}
		r, err := bench.Connect(t.Context(), o, parallel, bench.Quiet{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Opened == 0 || r.PerSecond <= 0 || r.Latency == nil || r.Errors.Sum() != 0 {
			t.Errorf("parallel %d: %d opened, errors %v %q", parallel, r.Opened, r.Errors, r.Notes)
		}
		if r.Latency.Count != int64(r.Opened) {
			t.Errorf("parallel %d: %d latencies of %d connections", parallel, r.Latency.Count, r.Opened)
		}
	}
}

func TestConnectRefused(t *testing.T) {
	o := start(t, benchtest.Refuse)
	_, err := bench.Connect(t.Context(), o, 4, bench.Quiet{})
	if err == nil || !strings.Contains(err.Error(), "not-authorized") {
		t.Errorf("%v", err)
	}
	o.Addr = "127.0.0.1:1"
	began := time.Now()
	_, err = bench.Connect(t.Context(), o, 4, bench.Quiet{})
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v", err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestHoldKeepsConnections(t *testing.T) {
	o := start(t, benchtest.None)
	o.PIDs = []int{os.Getpid()}
	r, err := bench.Hold(t.Context(), o, bench.HoldOptions{N: 500, Parallel: 32}, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	i := r.Idle
	if i.Connections != 500 || i.RSSBefore == 0 || i.RSSHeld == 0 || i.Seconds <= 0 || r.Errors.Sum() != 0 {
		t.Errorf("%+v, errors %v %q", i, r.Errors, r.Notes)
	}
}

func TestHoldTooManyFiles(t *testing.T) {
	o := start(t, benchtest.None)
	_, err := bench.Hold(t.Context(), o, bench.HoldOptions{N: 2_000_000, Parallel: 32}, bench.Quiet{})
	if err == nil || !strings.Contains(err.Error(), "2000000 connections") {
		t.Errorf("%v", err)
	}
}
