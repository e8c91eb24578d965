// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"weir/bench"
)

// parts are what can be measured, in this order.
var parts = []struct {
	name    string
	measure func(context.Context, *result) error
}{
	{"link", measureLink},
	{"names", measureNames},
	{"local", measureLocal},
	{"across", measureAcross},
}

func main() {
	r := &result{Machine: bench.ThisMachine(), Began: time.Now().UTC().Truncate(time.Second), Command: strings.Join(append([]string{"go run ./bench/cluster"}, os.Args[1:]...), " ")}
	only := flag.String("only", "", "`NAMES` of what to measure, with commas: link, names, local, across; all if empty")
	flag.Float64Var(&r.Seconds, "seconds", 5, "how long each run with traffic takes")
	flag.IntVar(&r.Rounds, "rounds", 3, "how often each is made; the median counts")
	results := flag.String("results", "", "`DIR` to write DATE-cluster.json and .md to; with -only its NAMES are at the end")
	number := flag.Int("node", -1, "be this node (the program starts itself so)")
	routes := flag.String("routes", "", "addresses of the nodes' servers")
	flag.Parse()
	var err error
	if *number >= 0 {
		err = runNode(*number, strings.Split(*routes, ","))
	} else {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
		err = run(ctx, r, *only, *results)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, r *result, only, dir string) error {
	r.Commit = bench.TreeCommit()
	wanted := strings.Split(only, ",")
	for _, p := range parts {
		if only != "" && !slices.Contains(wanted, p.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, p.name)
		if err := p.measure(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	r.Took = time.Since(r.Began).Seconds()
	fmt.Print(r.markdown())
	if dir == "" {
		return nil
	}
	return r.write(dir, strings.ReplaceAll(only, ",", "-"))
}
