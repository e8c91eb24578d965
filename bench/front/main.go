// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"weir/bench"
	"weir/bench/peers"
)

// rateWanted is what of each server's own rate is wanted: ejabberd fills the whole
// machine by itself, so that whoever stands beside it takes from it.
var rateWanted = map[string]float64{"prosody": 95, "ejabberd": 80}

func main() {
	quick := flag.Bool("quick", false, "one short round: to see that it works")
	only := flag.String("only", "", "`NAMES` of what to measure, with commas: prosody, ejabberd, chain, links; all if empty")
	results := flag.String("results", "", "`DIR` to write DATE-front.json and .md to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	if err := run(ctx, *quick, *only, *results); err != nil {
		fmt.Fprintln(os.Stderr, "front:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, quick bool, only, results string) error {
	began := time.Now()
	dir, err := os.MkdirTemp("", "weir-front-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &site{dir: dir, weir: filepath.Join(dir, "weir")}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", s.weir, "./cmd/weir").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	defer func() { _ = s.stop() }()
	set := &bench.Set{Began: began.UTC().Truncate(time.Second), Machine: bench.ThisMachine(), Command: append([]string{"go", "run", "./bench/front"}, os.Args[1:]...)}
	m := &meter{
		pace: pace{rounds: 5, warm: time.Second, length: 4 * time.Second}, set: set,
		say: func(text string) { fmt.Fprintln(os.Stderr, text) },
	}
	if quick {
		m.pace = pace{rounds: 1, warm: 300 * time.Millisecond, length: time.Second}
	}
	goals, err := m.all(ctx, s, func(name string) bool {
		return only == "" || slices.Contains(strings.Split(only, ","), name)
	})
	if err != nil {
		return err
	}
	set.Seconds = time.Since(began).Seconds()
	if err := bench.PrintGoals(os.Stdout, goals); err != nil {
		return err
	}
	if results != "" {
		return write(filepath.Join(results, set.Began.Format("2006-01-02")+"-front"), set, goals)
	}
	return nil
}

// all measures everything that is wanted and this machine has the servers for.
func (m *meter) all(ctx context.Context, s *site, want func(string) bool) (goals []*bench.Goal, err error) {
	for _, k := range peers.Kinds() {
		wanted, ok := rateWanted[k.Name]
		if !ok || !want(k.Name) {
			continue
		}
		if missing := k.Missing(); missing != "" {
			m.say(fmt.Sprintf("SKIPPED: %s is not installed (apt-get install %s)", k.Name, missing))
			continue
		}
		both, err := m.server(ctx, s, k, wanted)
		if err != nil {
			return nil, err
		}
		goals = append(goals, both...)
	}
	if want("chain") {
		chain, err := m.chain(ctx, s)
		if err != nil {
			return nil, err
		}
		goals = append(goals, chain)
	}
	if want("links") {
		time, memory, err := m.links(ctx, s)
		if err != nil {
			return nil, err
		}
		goals = append(goals, time, memory)
	}
	return goals, nil
}

// server measures in front of one kind of server.
func (m *meter) server(ctx context.Context, s *site, k peers.Kind, wanted float64) ([]*bench.Goal, error) {
	p, err := s.pair(ctx, k)
	if err != nil {
		return nil, err
	}
	config := strings.ReplaceAll(p.behind.Config, s.dir, "DIR") // where it ran is of no use to others
	m.set.Servers = append(m.set.Servers, bench.Server{Name: k.Name, What: k.What, Version: k.Version(), Config: config})
	rate, err := m.rate(ctx, p, wanted)
	if err != nil {
		return nil, err
	}
	// Not before: it would be one more to wait beside the rates.
	if missing := peers.HAProxyBefore("").Missing(); missing != "" {
		m.say("SKIPPED: HAProxy is not installed (apt-get install " + missing + ")")
	} else if err := s.lay(ctx, &p); err != nil {
		return nil, err
	}
	added, err := m.added(ctx, p)
	if err != nil {
		return nil, err
	}
	return append([]*bench.Goal{rate}, added...), s.stop()
}

// write writes goals and runs as JSON, and for people.
func write(base string, set *bench.Set, goals []*bench.Goal) error {
	commit := bench.TreeCommit()
	set.Format = 1
	out, err := json.MarshalIndent(struct {
		Commit string        `json:"commit"`
		Goals  []*bench.Goal `json:"goals"`
		Set    *bench.Set    `json:"set"`
	}{commit, goals, set}, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(base+".json", append(out, '\n'), 0o644); err != nil {
		return err
	}
	f, err := os.Create(base + ".md")
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(f, "# In front of XMPP servers, %s\n\n", set.Began.Format("2 January 2006"))
	fmt.Fprintln(f, set.Machine.Provenance(commit, set.Command, set.Seconds))
	fmt.Fprint(f, "Load tool, servers and weir share the cores. Senders connect to weir, receivers to the server; each round is a run without weir and\n"+
		"one with it, and a figure is the median of the rounds. A floor is what a proxy adds that passes bytes on and reads none. How: [docs/BENCHMARKS.md](../../docs/BENCHMARKS.md).\n\n")
	bench.MarkdownGoals(f, goals)
	fmt.Fprint(f, "\n| server | version |\n|---|---|\n")
	for _, s := range set.Servers {
		fmt.Fprintf(f, "| %s | %s |\n", s.Name, s.Version)
	}
	fmt.Fprintf(os.Stderr, "written: %s.{json,md}\n", base)
	return f.Close()
}
