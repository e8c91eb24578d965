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
	"time"

	"golang.org/x/sys/unix"

	"weir/bench"
	"weir/internal/cli"
)

func main() {
	// The first interrupt ends the run early and still reports; a second one ends
	// the program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if len(os.Args) > 1 && os.Args[1] == partCommand {
		os.Exit(partProgram().Run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(program(ctx).Run(os.Args[1:], os.Stdout, os.Stderr))
}

// program is weirload with its commands; ctx is done when an interrupt asks for
// an early end.
func program(ctx context.Context) *cli.Program {
	command := func(name, does string, define func(fs *flag.FlagSet) measure) cli.Command {
		return cli.Command{Name: name, Does: does, Setup: setup(ctx, define)}
	}
	p := &cli.Program{
		Name: "weirload",
		Does: "drives any XEP-0114 server and checks every stanza that comes back",
		About: []string{
			"weirload opens component connections to a server, weir or another, sends numbered stanzas, and checks what arrives: " +
				"none lost, none twice, none out of order, none altered. Then it says how fast the server was.",
			"An interrupt ends a run early; what has been measured is printed all the same.",
		},
		Commands: []cli.Command{
			command("forward", "stanzas a second from senders to receivers", scenario(offers{
				duration: 5 * time.Second, window: windowUsage, pattern: bench.Pairs, more: always(bench.Forward)})),
			command("latency", "how long stanzas take, by percentile", scenario(offers{
				duration: 5 * time.Second, window: windowRateUsage, pattern: bench.Pairs, rate: turnUsage, more: latencyFlags})),
			command("soak", "mixed traffic in both directions, for long", scenario(offers{
				duration: 10 * time.Minute, window: windowSoakUsage, pattern: bench.Both, rate: paceUsage, more: always(bench.Soak)})),
			command("connect", "connects and handshakes a second", connect),
			command("idle", "opens many connections and holds them", idle),
			command("slow", "one receiver stops reading: what it costs the others", scenario(offers{
				duration: 9 * time.Second, window: windowUsage, lines: bench.SlowLines, more: always(bench.StopReading)})),
			command("storm", "many components are cut off at once and come back", scenario(offers{
				duration: 9 * time.Second, rate: rateUsage, prove: true, lines: bench.StormLines, more: stormFlags})),
			command("restart", "the server is restarted under traffic", scenario(offers{
				duration: 9 * time.Second, window: windowUsage, pattern: bench.Pairs, lines: bench.RestartLines, more: restartFlags})),
			command("hostile", "malformed streams beside good traffic", scenario(offers{
				duration: 9 * time.Second, rate: rateUsage, lines: bench.HostileLines, more: hostileFlags})),
			{
				Name: "report", Args: []string{"RESULT.json…"}, Does: "one page with plots, of results written with -json",
				Setup: setup(ctx, writeReport),
			},
			command("version", "the version of this tool", version),
		},
		Sections: []cli.Section{{Title: "Exit status", Items: [][2]string{
			{"0", "All is well."},
			{"1", "A stanza was lost, duplicated, reordered or altered, or something failed; the table or standard error says what."},
			{"2", "The command line is wrong."},
		}}},
		SeeAlso: []string{"weir(1)"},
	}
	p.Commands = append(p.Commands, p.Manual()...)
	return p
}

// measure is a command at work.
type measure func(ctx context.Context, args []string, stdout io.Writer, stderr *os.File) error

// errFound is returned when the run itself went well and found errors; the table
// has said so.
var errFound = errors.New("errors were found")

// setup gives a command its exit codes.
func setup(ctx context.Context, define func(fs *flag.FlagSet) measure) func(*flag.FlagSet) cli.Run {
	return func(fs *flag.FlagSet) cli.Run {
		run := define(fs)
		return func(args []string, stdout io.Writer, stderr *os.File) int {
			err := run(ctx, args, stdout, stderr)
			if err != nil && !errors.Is(err, errFound) {
				fmt.Fprintf(stderr, "weirload %s: %v\n", fs.Name(), err)
			}
			var bad usageError
			switch {
			case err == nil:
				return cli.Good
			case errors.As(err, &bad):
				return cli.Usage
			}
			return cli.Failed
		}
	}
}

func version(*flag.FlagSet) measure {
	return func(_ context.Context, _ []string, stdout io.Writer, _ *os.File) error {
		m := bench.ThisMachine()
		_, err := fmt.Fprintf(stdout, "weirload %s %s\n", m.Tool, m.Go)
		return err
	}
}
