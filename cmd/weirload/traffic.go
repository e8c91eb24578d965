// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"weir/bench"
	"weir/bench/traffic"
)

// drive runs a scenario with traffic.
type drive func(context.Context, bench.Options, bench.Reporter) (*bench.Result, error)

// offers are the flags that a scenario with traffic has beside those of all.
type offers struct {
	duration time.Duration // its default
	window   string        // what its flag says; empty: the scenario paces by rate alone
	pattern  bench.Pattern // its default; empty: the scenario has one only
	rate     string        // what its flag says; empty: the scenario has none
	prove    bool
	lines    bench.Lines // by default; those that are 0 it has not
	more     func(*flag.FlagSet) func(*bench.Options) (drive, error)
}

const (
	windowUsage     = "stanzas of a flow under way at most (default 64)"
	windowRateUsage = "stanzas of a flow under way at most, with a -rate (default 64)"
	windowSoakUsage = "stanzas of a flow under way at most (default 16)"
	paceUsage       = "stanzas a second in all, on schedule; 0 keeps the window full"
	turnUsage       = "stanzas a second in all, on schedule; 0 is one of each flow under way"
	rateUsage       = "stanzas a second of all good pairs, on schedule (default 2000)"
)

// always is the scenario of a command without flags of its own.
func always(d drive) func(*flag.FlagSet) func(*bench.Options) (drive, error) {
	return func(*flag.FlagSet) func(*bench.Options) (drive, error) {
		return func(*bench.Options) (drive, error) { return d, nil }
	}
}

// scenario makes a command of a scenario with traffic.
func scenario(has offers) func(*flag.FlagSet) measure {
	return func(fs *flag.FlagSet) measure {
		var t targetFlags
		t.register(fs)
		var o bench.Options
		mix := has.register(fs, &o)
		choose := has.more(fs)
		return func(ctx context.Context, _ []string, stdout io.Writer, stderr *os.File) error {
			var err error
			if o.Target, err = t.target(); err != nil {
				return err
			}
			if err := check(&o, *mix); err != nil {
				return err
			}
			if err := has.checkLines(o.Lines); err != nil {
				return err
			}
			run, err := choose(&o)
			if err != nil {
				return err
			}
			r, err := run(ctx, o, t.reporter(stderr))
			if err != nil {
				return err
			}
			return finish(r, t.json, stdout)
		}
	}
}

func (has offers) register(fs *flag.FlagSet, o *bench.Options) (mix *string) {
	fs.IntVar(&o.Pairs, "pairs", 16, "flows, or for another -pattern its size")
	fs.IntVar(&o.Size, "size", 0, "`BYTES` of a stanza; 0 is the built-in mix")
	mix = registerMix(fs, "`FILE` with the shapes of the stanzas, in TOML")
	if has.window != "" {
		fs.IntVar(&o.Window, "window", 0, has.window)
	}
	if has.pattern != "" {
		fs.IntVar(&o.Burst, "burst", 1, "stanzas of a flow sent at once")
		fs.StringVar((*string)(&o.Pattern), "pattern", string(has.pattern), fmt.Sprintf("who sends to whom: %v", bench.Patterns))
	}
	if has.rate != "" {
		fs.Float64Var(&o.Rate, "rate", 0, has.rate)
	}
	if has.prove {
		fs.BoolVar(&o.Prove, "prove", true, proveUsage)
	}
	has.registerLines(fs, &o.Lines)
	fs.IntVar(&o.Threads, "threads", 1, "threads of this tool")
	fs.DurationVar(&o.Duration, "duration", has.duration, "how long to measure")
	fs.DurationVar(&o.Warmup, "warmup", time.Second, "how long to run before")
	fs.DurationVar(&o.DrainTimeout, "drain", 30*time.Second, "how long to wait at the end for what is under way")
	return mix
}

// registerLines lets the lines be moved by which a scenario passes.
func (has offers) registerLines(fs *flag.FlagSet, l *bench.Lines) {
	if d := has.lines.Keep; d > 0 {
		fs.Float64Var(&l.Keep, "keep", d, "pass line: `SHARE` of their rate that the good pairs keep or have again, 0.5 is half")
	}
	if d := has.lines.P99; d > 0 {
		fs.DurationVar(&l.P99, "p99", d, "pass line: the good pairs' p99 meanwhile, or twice what it was before")
	}
	if d := has.lines.Within; d > 0 {
		fs.DurationVar(&l.Within, "within", d, "pass line: how long it may take until all is back")
	}
}

func (has offers) checkLines(l bench.Lines) error {
	for name, wrong := range map[string]bool{
		"keep": has.lines.Keep > 0 && !(l.Keep > 0 && l.Keep <= keepMost), // NaN is neither
		"p99":  has.lines.P99 > 0 && l.P99 <= 0, "within": has.lines.Within > 0 && l.Within <= 0,
	} {
		if wrong {
			return usagef("-%s must be above 0 (and -keep at most %d)", name, keepMost)
		}
	}
	return nil
}

// keepMost is the highest share that a line may ask for: no more than all.
const keepMost = 1

// latencyFlags has no flags of its own, and a rule: without a rate there is one of
// each flow under way, whatever a window says.
func latencyFlags(*flag.FlagSet) func(*bench.Options) (drive, error) {
	return func(o *bench.Options) (drive, error) {
		if o.Rate == 0 && o.Window > 1 {
			return nil, usagef("-window is for a -rate: without one, a single stanza of each flow is under way")
		}
		return bench.Latency, nil
	}
}

// rateMost is the highest rate of a schedule: a thread keeps the books of some 30
// million stanzas a second, and never gets to sending any above.
const rateMost = 10_000_000

// check checks the options of a scenario with traffic, and reads its mix.
func check(o *bench.Options, mix string) (err error) {
	err = checkRanges(o, limit{"pairs", o.Pairs, 1, 1 << 19}, limit{"window", o.Window, 0, 1 << 20},
		limit{"burst", o.Burst, 0, 1 << 20}, limit{"size", o.Size, 0, 4 << 20})
	if err != nil {
		return err
	}
	switch {
	case !(o.Rate >= 0 && o.Rate <= rateMost): // NaN is neither
		return usagef("-rate is %g, allowed are 0 to %d", o.Rate, rateMost)
	case o.Second != "" && o.Pattern != "" && o.Pattern != bench.Pairs && o.Pattern != bench.Both:
		return usagef("-receivers is for pairs, not for -pattern %s", o.Pattern)
	case mix != "" && o.Size > 0:
		return usagef("-size and -mix exclude each other")
	}
	return loadMix(o, mix)
}

func registerMix(fs *flag.FlagSet, usage string) *string { return fs.String("mix", "", usage) }

// loadMix reads the mix of a file, if there is one.
func loadMix(o *bench.Options, path string) (err error) {
	if path == "" {
		return nil
	}
	if o.Mix, err = traffic.LoadMix(path); err != nil {
		return usageError{err}
	}
	return nil
}
