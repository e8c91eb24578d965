// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"weir/bench"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// command is one scenario as the command line has it.
type command struct {
	name, does string
	run        func(ctx context.Context, args []string, stdout io.Writer, stderr *os.File) error
}

var commands = []command{
	{"forward", "stanzas a second from senders to receivers", scenario("forward", bench.Forward)},
	{"latency", "how long stanzas take, by percentile", scenario("latency", bench.Latency)},
	{"soak", "mixed traffic in both directions, for long", scenario("soak", bench.Soak)},
	{"slow", "one receiver stops reading: what it costs the others", scenario("slow", bench.StopReading)},
	{"connect", "connects and handshakes a second", connect},
	{"idle", "opens many connections and holds them", idle},
	{"report", "one page with plots, of results written with -json", writeReport},
	{"version", "the version of this tool", version},
}

// errFound is returned when the run itself went well and found errors; the table
// has said so.
var errFound = errors.New("errors were found")

func run(args []string, stdout io.Writer, stderr *os.File) int {
	// The first interrupt ends the run early and still reports; a second one ends
	// the program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	for _, c := range commands {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, args[1:], stdout, stderr)
		var bad usageError
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.As(err, &bad):
			fmt.Fprintf(stderr, "weirload %s: %v\n", c.name, err)
			return 2
		case !errors.Is(err, errFound):
			fmt.Fprintf(stderr, "weirload %s: %v\n", c.name, err)
		}
		return 1
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(stdout)
		return 0
	}
	fmt.Fprintf(stderr, "weirload: there is no command %q\n", args[0])
	usage(stderr)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprintf(w, "weirload drives any XEP-0114 server and checks every stanza that comes back.\n\n"+
		"usage: weirload COMMAND [flags]; weirload COMMAND -h lists the flags\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.does)
	}
}

func version(_ context.Context, _ []string, stdout io.Writer, _ *os.File) error {
	m := bench.ThisMachine()
	_, err := fmt.Fprintf(stdout, "weirload %s %s\n", m.Tool, m.Go)
	return err
}
