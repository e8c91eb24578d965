// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/hostile"
	"weir/bench/peers"
)

// binaries builds weir and weirload as the benchmark does.
func binaries(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Chdir("../..")
	if err := build(t.Context(), dir, "abc123"); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBuildKnowsItsCommit(t *testing.T) {
	dir := binaries(t)
	for _, name := range []string{"weir", "weirload"} {
		out, err := exec.CommandContext(t.Context(), filepath.Join(dir, name), "version").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "abc123") {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

// Every row is a command line that weirload takes: without a server it fails, but
// not for its usage.
func TestRowsAreCommands(t *testing.T) {
	weirload := filepath.Join(binaries(t), "weirload")
	for _, o := range []options{{quick: true}, {}, {full: true}} {
		steps, err := plan(o)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, s := range steps {
			if seen[s.title] {
				t.Errorf("%q is there twice", s.title)
			}
			seen[s.title] = true
			args := append(slices.Clone(s.args), "-addr", "127.0.0.1:1", "-quiet")
			if s.restart {
				args = append(args, "-pid", "1")
			}
			out, err := exec.CommandContext(t.Context(), weirload, args...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("%q: %v: %s", s.title, err, out)
			}
		}
	}
}

func TestPartsHaveTheirOwnFiles(t *testing.T) {
	set := &bench.Set{Began: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Machine: bench.Machine{CPU: "Some CPU", Cores: 2}}
	for want, o := range map[string]options{
		"2026-01-02-some-2cores": {}, "2026-01-02-some-2cores-part": {rows: "TLS", full: true},
	} {
		if got := o.fileName(set); got != want {
			t.Errorf("%+v: %s, want %s", o, got, want)
		}
	}
}

func TestRowsThatAreWanted(t *testing.T) {
	steps, err := plan(options{rows: "restart$"})
	if err != nil || len(steps) != 1 || !steps[0].restart {
		t.Errorf("%v: %+v", err, steps)
	}
	for _, bad := range []string{"(", "no such row"} {
		if _, err := plan(options{rows: bad}); err == nil {
			t.Errorf("-rows %q is taken", bad)
		}
	}
}

// weir passes what users fear. The lines are for a machine that is busy with other
// tests; the benchmark has those that count.
func TestWeirBearsWhatUsersFear(t *testing.T) {
	var names []string
	for i := range 8 + 64 + 200 {
		names = append(names, fmt.Sprintf("c%d.example", i))
	}
	weir := peers.Weir(filepath.Join(binaries(t), "weir"))
	for _, secure := range []bool{false, true} {
		server, err := weir.Start(t.Context(), peers.Site{Dir: t.TempDir(), Names: names, TLS: secure})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Stop() }()
		server.Supervise()
		o := bench.Options{
			Target: bench.Target{Addr: server.Addr, Secret: peers.Secret}, Pairs: 4, Size: 180, Duration: 1500 * time.Millisecond,
			Prove: true, Lines: bench.Lines{Keep: 0.05, P99: 10 * time.Second, Within: 30 * time.Second},
		}
		if secure {
			o.TLS = &tls.Config{InsecureSkipVerify: true}
		}
		for name, run := range map[string]func(bench.Options) (*bench.Result, error){
			"storm": func(o bench.Options) (*bench.Result, error) {
				return bench.Reconnect(t.Context(), o, 200, bench.Quiet{})
			},
			"hostile": func(o bench.Options) (*bench.Result, error) {
				return bench.Malformed(t.Context(), o, bench.HostileOptions{Streams: 60, Kinds: hostile.Kinds}, bench.Quiet{})
			},
			"restart": func(o bench.Options) (*bench.Result, error) {
				return bench.Restarted(t.Context(), o, bench.Restarter{How: "SIGTERM", Do: func(context.Context) error {
					return syscall.Kill(server.PIDs[0], syscall.SIGTERM)
				}}, bench.Quiet{})
			},
		} {
			r, err := run(o)
			if err != nil {
				t.Fatalf("%s, TLS %v: %v", name, secure, err)
			}
			if !r.Passed() {
				t.Errorf("%s, TLS %v: errors %v, checks %+v, %q", name, secure, r.Errors, r.Checks, r.Notes)
			}
		}
	}
}

// A rate that a server did not carry in the first round is left out in all; without a
// row that tells what it carries, it is asked of everybody.
func TestRatesThatAreLeftOut(t *testing.T) {
	r := &runner{best: map[string]float64{"slow": 1000, "fast": 100000}}
	for name, want := range map[string]bool{"slow": false, "fast": true, "unknown": true} {
		if got := r.can(step{rate: 20000}, peers.Kind{Name: name}); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// All servers have their turn in every round, no two rounds begin with the same one,
// and none comes after the same one in two rounds that follow each other.
func TestOrderAlternates(t *testing.T) {
	const n, rounds = 7, 3
	begins := map[int]bool{}
	before := map[int]int{} // whom a server came after in the round before
	for round := range rounds {
		begins[turn(round, 0, n)] = true
		after := map[int]int{}
		for i := range n {
			after[turn(round, i, n)] = turn(round, (i+n-1)%n, n) // the first after the last, of the row before
		}
		if len(after) != n {
			t.Errorf("round %d: %d servers of %d have their turn", round, len(after), n)
		}
		for server, other := range after {
			if was, ok := before[server]; ok && was == other {
				t.Errorf("rounds %d and %d: %d comes after %d in both", round-1, round, server, other)
			}
		}
		before = after
	}
	if len(begins) != rounds {
		t.Errorf("the rounds begin with %v", begins)
	}
}

// Results have the configuration that most rows share, and the one with TLS; not those
// of servers which know more names.
func TestConfigurationsThatAreShown(t *testing.T) {
	r := &runner{set: &bench.Set{Servers: []bench.Server{{Name: "a"}, {Name: "b"}}}}
	for _, c := range []struct {
		config string
		step   step
	}{{"many names", step{fresh: true}}, {"usual, in /tmp/x", step{}}, {"TLS", step{fresh: true, tls: true}}, {"more names", step{fresh: true}}} {
		r.describe(peers.Kind{Name: "b"}, &peers.Server{Config: c.config}, "/tmp/x", c.step)
	}
	if got, want := r.set.Servers[1], (bench.Server{Name: "b", Config: "usual, in DIR", Secure: "TLS"}); got != want || r.set.Servers[0].Config != "" {
		t.Errorf("%+v", r.set.Servers)
	}
}

func TestJudgeIsForWeirOnly(t *testing.T) {
	missed := []bench.Check{{What: "a line"}}
	set := &bench.Set{Runs: []*bench.Result{{Server: "Prosody", Checks: missed}, {Server: "weir"}}}
	if err := judge(set); err != nil {
		t.Error(err)
	}
	set.Runs = append(set.Runs, &bench.Result{Server: "io_uring", Checks: missed})
	if judge(set) == nil {
		t.Error("weir has missed a line, and nobody is told")
	}
}
