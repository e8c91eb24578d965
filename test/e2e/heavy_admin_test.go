// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// What metrics and administration cost: figures of `make heavy`, as in heavy_test.go.

// crowd connects components that do nothing, until the end of the test.
func crowd(t *testing.T, a *administered, n int) {
	t.Helper()
	cmd := exec.Command(xmpptest.Binary(t, "weirload"), "idle", "-addr", a.Addr(), "-secret", secret, "-quiet",
		"-domains", "crowd%d.example", "-n", strconv.Itoa(n), "-duration", "1h")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for end := time.Now().Add(2 * time.Minute); !strings.Contains(a.get("/metrics"), fmt.Sprintf("\nweir_streams %d\n", n)); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the crowd does not come")
		}
	}
}

// poolNice is what the threads have on which weir computes away from its loops.
const poolNice = "10"

// used is the processor time of weir so far: of its threads away from the loops, and of all.
func used(t *testing.T, pid int) (pool, all time.Duration) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("%d tasks, %v", len(tasks), err)
	}
	for _, task := range tasks {
		stat, err1 := os.ReadFile(task + "/stat")
		sched, err2 := os.ReadFile(task + "/schedstat")
		if err1 != nil || err2 != nil {
			continue // a thread that has ended
		}
		ns, _, _ := strings.Cut(string(sched), " ")
		n, err := strconv.ParseInt(ns, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all += time.Duration(n)
		_, fields, _ := strings.Cut(string(stat), ") ") // proc(5): from the third on
		if strings.Fields(fields)[16] == poolNice {
			pool += time.Duration(n)
		}
	}
	return pool, all
}

// TestScrapeCost: with 10,000 components a scrape takes under 50 ms of processor time away from the loops.
func TestScrapeCost(t *testing.T) {
	needHeavy(t)
	const components, scrapes, most = 10_000, 20, 50 * time.Millisecond
	a := administer(t, listener)
	crowd(t, a, components)
	a.get("/metrics")
	bytes, start := 0, time.Now()
	pool, all := used(t, a.PID())
	for range scrapes {
		bytes = len(a.get("/metrics"))
	}
	took := time.Since(start)
	poolNow, allNow := used(t, a.PID())
	each := (poolNow - pool) / scrapes
	t.Logf("a scrape of %d components: %v of processor time away from the loops, %v in all, %v until it is answered, %d KB",
		components, each, (allNow-all)/scrapes, took/scrapes, bytes/1000)
	if each == 0 || each > most {
		t.Errorf("a scrape takes %v away from the loops, want at most %v", each, most)
	}
}

// TestScrapesBesideAQuietPair: beside scrapes of 10,000 components the p99 of a pair that is far from busy is what it was.
func TestScrapesBesideAQuietPair(t *testing.T) {
	needHeavy(t)
	const components, pairs, more = 10_000, 5, 1.10
	a := administer(t, listener)
	crowd(t, a, components)
	latency := func() time.Duration {
		r := startLoad(t, a.Weir, "latency", "-pairs", "1", "-rate", "1000", "-size", "180", "-warmup", "1s", "-duration", "6s")()
		return time.Duration(r.Latency.P99)
	}
	ratio := 0.0
	for round := range heavyRounds {
		var with, without []time.Duration
		for range pairs {
			without = append(without, latency())
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				for {
					select {
					case <-stop:
						return
					case <-time.After(500 * time.Millisecond):
						a.get("/metrics")
					}
				}
			}()
			with = append(with, latency())
			close(stop)
			<-stopped
		}
		ratio = float64(median(with)) / float64(median(without))
		t.Logf("round %d: p99 %v without scrapes, %v beside two a second (medians of %d runs, in turn): %.2f", round, median(without), median(with), pairs, ratio)
		if ratio <= more {
			return
		}
	}
	t.Errorf("the p99 beside scrapes is %.2f of what it is without, want at most %.2f", ratio, more)
}

// TestAdminCost: with metrics and administration on, and scraped each second, forwarding costs under 2 % more. One process may
// be luckier than another for as long as it lives, by where its memory lies: so each round has processes of its own, and a
// second one without administration shows what the difference of two that are alike is.
func TestAdminCost(t *testing.T) {
	needHeavy(t)
	const turns, more = 6, 1.02
	ratio := 0.0
	for round := range heavyRounds {
		on := administer(t, listener)
		all := []*xmpptest.Weir{on.Weir, xmpptest.StartWeir(t, listener), xmpptest.StartWeir(t, listener)}
		var speed, cost [3][]float64 // of each, in the order of all
		for turn := range turns {
			for i := range all { // in turn, so that what changes with time hits all
				at := (turn + i) % len(all)
				r := forward(t, all[at], on)
				speed[at] = append(speed[at], r.PerSecond)
				cost[at] = append(cost[at], r.ServerUse.PerMillion)
			}
		}
		ratio = median(against(cost[0], cost[1]))
		t.Logf("round %d: with administration on, %.3f of the stanzas a second, %.3f of the processor time for each; of two without it %.3f, %.3f (medians of %d)",
			round, median(against(speed[0], speed[1])), ratio, median(against(speed[2], speed[1])), median(against(cost[2], cost[1])), turns)
		if ratio <= more {
			return
		}
		for _, w := range all {
			w.Stop()
		}
	}
	t.Errorf("forwarding costs %.3f of what it does without administration, want at most %.2f", ratio, more)
}

// forward drives a weir, and scrapes it each second if it is the one that is administered.
func forward(t *testing.T, w *xmpptest.Weir, on *administered) loadResult {
	t.Helper()
	if w == on.Weir {
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
					_, _ = on.request("GET", "/metrics", "")
				}
			}
		}()
		defer func() {
			close(stop)
			<-stopped
		}()
	}
	return startLoad(t, w, "forward", "-pairs", "16", "-window", "64", "-size", "180", "-warmup", "500ms", "-duration", "2500ms")()
}

// against are the ratios of what was measured one after the other.
func against(these, those []float64) (all []float64) {
	for i := range these {
		all = append(all, these[i]/those[i])
	}
	return all
}

// median is the one in the middle.
func median[T int64 | float64 | time.Duration](all []T) T {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
