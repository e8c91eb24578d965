// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"weir/bench"
	"weir/bench/peers"
	"weir/bench/report"
)

type options struct {
	quick   bool
	full    bool
	install bool
	results string
	only    string
	rows    string
	rounds  int
}

func main() {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "fewer rows, shorter, one round: under two minutes")
	flag.BoolVar(&o.full, "full", false, "longer runs and three rounds, and what only a large machine can carry")
	flag.BoolVar(&o.install, "install", false, "install missing servers from Debian's packages (needs root)")
	flag.StringVar(&o.results, "results", "", "`DIR` to write DATE-machine.json, .md and .html to")
	flag.StringVar(&o.only, "only", "", "`NAMES` of the servers, with commas; all if empty")
	flag.StringVar(&o.rows, "rows", "", "`REGEXP` that the titles of the rows match; all if empty")
	flag.IntVar(&o.rounds, "rounds", 0, "how often every row is run against every server (default 2, 1 with -quick, 3 with -full)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends it at once; the servers end with it
	if err := benchmark(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func benchmark(ctx context.Context, o options) error {
	began := time.Now()
	steps, err := plan(o)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	commit := commitOf(ctx)
	if err := build(ctx, dir, commit); err != nil {
		return err
	}
	kinds, err := choose(ctx, o, filepath.Join(dir, "weir"))
	if err != nil {
		return err
	}
	set := &bench.Set{Began: began.UTC().Truncate(time.Second), Machine: bench.ThisMachine(), Command: command(o)}
	set.Machine.Tool = commit
	for _, k := range kinds {
		set.Servers = append(set.Servers, bench.Server{Name: k.Name, What: k.What, Version: versionOf(k, commit)})
	}
	r := &runner{
		kinds: kinds, weirload: filepath.Join(dir, "weirload"), dir: dir, set: set,
		running: map[string]*peers.Server{}, best: map[string]float64{},
	}
	if loadIsHigh(set.Machine.Load) {
		fmt.Fprintf(os.Stderr, "WARNING: load averages are %s: other programs take part in every figure\n", set.Machine.Load)
	}
	runErr := r.run(ctx, steps, o.roundsWanted())
	set.Seconds = time.Since(began).Seconds()
	if err := set.PrintTable(os.Stdout); err != nil {
		return err
	}
	if runErr != nil {
		return fmt.Errorf("the table is of the part that ran, and is not written: %w", runErr)
	}
	if o.results != "" {
		if err := write(set, filepath.Join(o.results, o.fileName(set))); err != nil {
			return err
		}
	}
	return judge(set)
}

// judge fails for what weir itself has not passed; how its peers do is only told.
func judge(set *bench.Set) error {
	failed := 0
	for _, r := range set.Runs {
		if (r.Server == "weir" || r.Server == "io_uring") && !r.Passed() { // weir with either driver
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of weir's runs had errors or missed a line; the table marks them", failed)
	}
	return nil
}

// fileName names the results; those of a part do not replace, or pass for, those of
// the whole benchmark.
func (o options) fileName(set *bench.Set) string {
	name := set.Began.Format("2006-01-02") + "-" + set.Machine.Slug()
	if o.quick || o.only != "" || o.rows != "" {
		name += "-part"
	}
	return name
}

func (o options) roundsWanted() int {
	switch {
	case o.rounds > 0:
		return o.rounds
	case o.quick:
		return 1
	case o.full:
		return 3
	}
	return 2
}

// versionOf names weir by its commit, and others by their package.
func versionOf(k peers.Kind, commit string) string {
	if k.Package == "" {
		return "commit " + commit
	}
	return k.Version()
}

// loadIsHigh says whether something else than this benchmark keeps the machine
// busy, by the average over the last minute.
func loadIsHigh(averages string) bool {
	const quiet = 0.5
	first, _, _ := strings.Cut(averages, " ")
	load, err := strconv.ParseFloat(first, 64)
	return err == nil && load > quiet
}

// choose gives the servers to compare: weir, and the peers that this machine has
// or gets.
func choose(ctx context.Context, o options, weir string) ([]peers.Kind, error) {
	all := append([]peers.Kind{peers.Weir(weir)}, append(peers.Kinds(), peers.WeirOnRings(weir))...)
	if o.only != "" {
		wanted := strings.Split(o.only, ",")
		for _, name := range wanted {
			if !slices.ContainsFunc(all, func(k peers.Kind) bool { return k.Name == name }) {
				return nil, fmt.Errorf("there is no server %q", name)
			}
		}
		all = slices.DeleteFunc(all, func(k peers.Kind) bool { return !slices.Contains(wanted, k.Name) })
	}
	say := func(s string) { fmt.Fprintln(os.Stderr, s) }
	if o.install {
		var missing []string
		for _, k := range all {
			if p := k.Missing(); p != "" {
				missing = append(missing, p)
			}
		}
		if err := peers.Install(ctx, missing, say); err != nil {
			say("not installed: " + err.Error())
		}
	}
	return slices.DeleteFunc(all, func(k peers.Kind) bool {
		p := k.Missing()
		if p != "" {
			say(fmt.Sprintf("SKIPPED: %s is not installed (apt-get install %s, or -install)", k.Name, p))
		}
		return p != ""
	}), nil
}

// command is what repeats the benchmark; where the results go is not part of it.
func command(o options) []string {
	c := []string{"go", "run", "./bench/run"}
	if o.quick {
		c = append(c, "-quick")
	}
	if o.full {
		c = append(c, "-full")
	}
	if o.only != "" {
		c = append(c, "-only", o.only)
	}
	if o.rows != "" {
		c = append(c, "-rows", strconv.Quote(o.rows))
	}
	if o.rounds > 0 {
		c = append(c, "-rounds", fmt.Sprint(o.rounds))
	}
	return c
}

// write writes the set as JSON, Markdown and a page, to files that begin with base.
func write(set *bench.Set, base string) error {
	if err := os.MkdirAll(filepath.Dir(base), 0o755); err != nil {
		return err
	}
	if err := set.WriteFile(base + ".json"); err != nil {
		return err
	}
	f, err := os.Create(base + ".md")
	if err != nil {
		return err
	}
	set.Markdown(f)
	if err := f.Close(); err != nil {
		return err
	}
	html, err := os.Create(base + ".html")
	if err != nil {
		return err
	}
	if err := report.Write(html, []report.Input{{Name: base, Set: set}}); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "written: %s.{json,md,html}\n", base)
	return html.Close()
}
