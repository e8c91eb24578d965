// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"weir/bench"
)

// options are the command line's.
type options struct {
	rounds   int
	duration time.Duration // of the measured part of a run
	idle     int           // connections without traffic
	results  string        // directory; empty: standard output only
}

// table is one that can be asked for.
type table struct {
	name, title string
	make        func(context.Context, *bed, options) error
}

// tables are in the order of the results.
var tables = []table{
	{"latency", "One stanza of each pair under way", latencyTable},
	{"accept", "Few long streams", acceptTable},
	{"cost", "What options cost", costTable},
	{"loops", "Loops and drivers, half of the connections sending", loopsTable},
	{"idle", "Connections without traffic", idleTable},
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "how often each setting is measured, in turns")
	flag.DurationVar(&o.duration, "duration", 2*time.Second, "of the measured part of each run")
	flag.IntVar(&o.idle, "n", 10000, "connections for the table idle")
	flag.StringVar(&o.results, "results", "", "`DIR` to write DATE-tune.md to, beside standard output")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "usage: tune [flags] all|TABLE...\n")
		for _, t := range tables {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-8s %s\n", t.name, t.title)
		}
		flag.PrintDefaults()
	}
	flag.Parse()
	wanted := choose(flag.Args())
	if wanted == nil || o.rounds < 1 || o.duration <= 0 || o.idle < 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	if err := run(ctx, wanted, o); err != nil {
		fmt.Fprintln(os.Stderr, "tune:", err)
		os.Exit(1)
	}
}

// choose gives the tables of these names; nil if one is unknown, or none is named.
func choose(names []string) (wanted []table) {
	if slices.Equal(names, []string{"all"}) {
		return tables
	}
	for _, name := range names {
		i := slices.IndexFunc(tables, func(t table) bool { return t.name == name })
		if i < 0 {
			return nil
		}
		wanted = append(wanted, tables[i])
	}
	return wanted
}

// run makes the tables.
func run(ctx context.Context, wanted []table, o options) error {
	var out bytes.Buffer
	b, err := newBed(ctx, io.MultiWriter(os.Stdout, &out))
	if err != nil {
		return err
	}
	defer b.close()
	now, m := time.Now().UTC(), bench.ThisMachine()
	b.printf("# weir's own settings, %s\n\n", now.Format("2 January 2006"))
	b.printf("%s, %d cores; Linux %s, %s, %s; load averages %s. The load tool shares the cores.\nCommand: `go run ./bench/tune %s`\n",
		m.CPU, m.Cores, m.Kernel, m.System, m.Go, m.Load, strings.Join(os.Args[1:], " "))
	for _, t := range wanted {
		b.printf("\n## %s\n\n", t.title)
		if err := t.make(ctx, b, o); err != nil {
			return err
		}
		if err := b.stopAll(); err != nil {
			return err
		}
	}
	if o.results == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(o.results, now.Format("2006-01-02")+"-tune.md"), out.Bytes(), 0o644)
}
