// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
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
}

// tables are what can be asked for.
var tables = map[string]func(context.Context, *bed, options) error{
	"loops": loopsTable, "accept": acceptTable, "cost": costTable, "latency": latencyTable, "idle": idleTable,
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "how often each setting is measured, in turns")
	flag.DurationVar(&o.duration, "duration", 2*time.Second, "of the measured part of each run")
	flag.IntVar(&o.idle, "n", 10000, "connections for the table idle")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: tune [flags] %s\n", strings.Join(names(), "|"))
		flag.PrintDefaults()
	}
	flag.Parse()
	table := tables[flag.Arg(0)]
	if flag.NArg() != 1 || table == nil || o.rounds < 1 || o.duration <= 0 || o.idle < 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	if err := measure(ctx, table, o); err != nil {
		fmt.Fprintln(os.Stderr, "tune:", err)
		os.Exit(1)
	}
}

func names() []string { return slices.Sorted(maps.Keys(tables)) }

func measure(ctx context.Context, table func(context.Context, *bed, options) error, o options) error {
	m := bench.ThisMachine()
	fmt.Printf("%s; load averages %s; `go run ./bench/tune -rounds %d -duration %v %s`\n\n",
		m.Slug(), m.Load, o.rounds, o.duration, flag.Arg(0))
	b, err := newBed(ctx)
	if err != nil {
		return err
	}
	defer b.close()
	return table(ctx, b, o)
}
