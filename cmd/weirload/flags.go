// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"weir/bench"
	"weir/bench/traffic"
)

// usageError is a fault of the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// targetFlags are common to all scenarios.
type targetFlags struct {
	bench.Target
	tls   tlsFlags
	json  string
	quiet bool
}

// reporter shows the progress, unless it is not wanted.
func (t *targetFlags) reporter(stderr *os.File) bench.Reporter {
	if t.quiet {
		return bench.Quiet{}
	}
	return bench.NewReporter(stderr)
}

func (t *targetFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&t.Addr, "addr", "127.0.0.1:8888", "`HOST:PORT` of the server's component listener")
	fs.StringVar(&t.Second, "receivers", "", "`HOST:PORT` where the receivers of pairs connect, if they do elsewhere: behind the server, say")
	fs.StringVar(&t.Secret, "secret", "secret", "`SECRET` of the components")
	fs.StringVar(&t.Domains, "domains", "c%d.example", "`PATTERN` of the components' names; %d is their number, from 0")
	fs.StringVar(&t.Label, "server", "", "`NAME` of the server in results")
	t.tls.register(fs)
	fs.StringVar(&t.json, "json", "", "`FILE` to write the result to")
	fs.BoolVar(&t.quiet, "quiet", false, "show no progress")
	fs.Func("pid", "process `ID` of the server, or several with commas: its CPU time and memory", func(s string) error {
		for id := range strings.SplitSeq(s, ",") {
			pid, err := strconv.Atoi(id)
			if err != nil || pid <= 0 {
				return fmt.Errorf("%q is not a process id", id)
			}
			t.PIDs = append(t.PIDs, pid)
		}
		return nil
	})
}

// target is the server that the flags name.
func (t *targetFlags) target() (_ bench.Target, err error) {
	t.Target.TLS, err = t.tls.config(t.Addr)
	return t.Target, err
}

// scenario makes a command of a scenario with traffic.
func scenario(name string, drive func(context.Context, bench.Options, bench.Reporter) (*bench.Result, error)) func(*flag.FlagSet) measure {
	return func(fs *flag.FlagSet) measure {
		var t targetFlags
		t.register(fs)
		var o bench.Options
		fs.IntVar(&o.Pairs, "pairs", 16, "flows, or for another -pattern its size")
		fs.IntVar(&o.Size, "size", 0, "`BYTES` of a stanza; 0 is the built-in mix")
		mix := fs.String("mix", "", "`FILE` with the shapes of the stanzas, in TOML")
		fs.IntVar(&o.Window, "window", 0, "stanzas of a flow under way at most (default 64)")
		if name != "slow" {
			fs.IntVar(&o.Burst, "burst", 1, "stanzas of a flow sent at once")
			fs.StringVar((*string)(&o.Pattern), "pattern", "", fmt.Sprintf("who sends to whom: %v", bench.Patterns))
		}
		if name == "latency" || name == "soak" {
			fs.Float64Var(&o.Rate, "rate", 0, "stanzas a second in all, on schedule; 0 keeps the window full")
		}
		fs.IntVar(&o.Threads, "threads", 1, "threads of this tool")
		fs.DurationVar(&o.Duration, "duration", defaultDuration(name), "how long to measure")
		fs.DurationVar(&o.Warmup, "warmup", time.Second, "how long to run before")
		fs.DurationVar(&o.DrainTimeout, "drain", 30*time.Second, "how long to wait at the end for what is under way")
		return func(ctx context.Context, _ []string, stdout io.Writer, stderr *os.File) error {
			var err error
			if o.Target, err = t.target(); err != nil {
				return err
			}
			if err := check(&o, *mix); err != nil {
				return err
			}
			r, err := drive(ctx, o, t.reporter(stderr))
			if err != nil {
				return err
			}
			return finish(r, t.json, stdout)
		}
	}
}

// connect is the command for bench.Connect.
func connect(fs *flag.FlagSet) measure {
	var t targetFlags
	t.register(fs)
	var o bench.Options
	parallel := fs.Int("parallel", 64, "connections under way at once")
	fs.IntVar(&o.Threads, "threads", 1, "threads of this tool")
	fs.DurationVar(&o.Duration, "duration", 5*time.Second, "how long to measure")
	fs.DurationVar(&o.Warmup, "warmup", time.Second, "how long to run before")
	return func(ctx context.Context, _ []string, stdout io.Writer, stderr *os.File) error {
		var err error
		if o.Target, err = t.target(); err != nil {
			return err
		}
		if err := checkRanges(&o, limit{"parallel", *parallel, 1, 1 << 16}); err != nil {
			return err
		}
		r, err := bench.Connect(ctx, o, *parallel, t.reporter(stderr))
		if err != nil {
			return err
		}
		return finish(r, t.json, stdout)
	}
}

// idle is the command for bench.Hold.
func idle(fs *flag.FlagSet) measure {
	var t targetFlags
	t.register(fs)
	o := bench.Options{Threads: 1}
	n := fs.Int("n", 1000, "connections")
	parallel := fs.Int("parallel", 64, "connections opened at once")
	fs.DurationVar(&o.Duration, "duration", 5*time.Second, "how long to hold them")
	return func(ctx context.Context, _ []string, stdout io.Writer, stderr *os.File) error {
		var err error
		if o.Target, err = t.target(); err != nil {
			return err
		}
		if err := checkRanges(&o, limit{"n", *n, 1, 10_000_000}, limit{"parallel", *parallel, 1, 1 << 16}); err != nil {
			return err
		}
		r, err := bench.Hold(ctx, o, *n, *parallel, t.reporter(stderr))
		if err != nil {
			return err
		}
		return finish(r, t.json, stdout)
	}
}

func defaultDuration(name string) time.Duration {
	switch name {
	case "soak":
		return 10 * time.Minute
	case "slow":
		return 9 * time.Second
	}
	return 5 * time.Second
}

// limit is a number of the command line and the range it must be in.
type limit struct {
	name           string
	n, least, most int
}

// checkRanges checks what all scenarios have, and further limits.
func checkRanges(o *bench.Options, more ...limit) error {
	for _, c := range append(more, limit{"threads", o.Threads, 1, 256}) {
		if c.n < c.least || c.n > c.most {
			return usagef("-%s is %d, allowed are %d to %d", c.name, c.n, c.least, c.most)
		}
	}
	if o.Duration <= 0 || o.Warmup < 0 {
		return usagef("-duration must be above 0, -warmup at least 0")
	}
	return nil
}

// check checks the options of a scenario with traffic, and reads its mix.
func check(o *bench.Options, mix string) (err error) {
	err = checkRanges(o, limit{"pairs", o.Pairs, 1, 1 << 19}, limit{"window", o.Window, 0, 1 << 20},
		limit{"burst", o.Burst, 0, 1 << 20}, limit{"size", o.Size, 0, 4 << 20})
	if err != nil {
		return err
	}
	switch {
	case o.Rate < 0:
		return usagef("-rate is %g, allowed are 0 and above", o.Rate)
	case mix != "" && o.Size > 0:
		return usagef("-size and -mix exclude each other")
	case mix != "":
		if o.Mix, err = traffic.LoadMix(mix); err != nil {
			return usageError{err}
		}
	}
	return nil
}

// finish shows and writes a result.
func finish(r *bench.Result, path string, stdout io.Writer) error {
	r.Command = os.Args
	r.Print(stdout)
	if path != "" {
		if err := r.WriteFile(path); err != nil {
			return err
		}
	}
	if !r.Passed() {
		return errFound
	}
	return nil
}
