// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"io"
	"os"
	"time"

	"weir/bench"
	"weir/internal/cli"
)

const proveUsage = "let components without traffic write to each other at the end, to show that they are what the server says; " +
	"=false for a server that does not route"

// connect is the command for bench.Connect.
func connect(fs *flag.FlagSet) measure {
	var t targetFlags
	t.register(fs)
	var o bench.Options
	mix := registerMix(fs, proofMixUsage)
	parallel := fs.Int("parallel", 64, "connections under way at once")
	fs.IntVar(&o.Threads, "threads", 1, "threads of this tool")
	fs.DurationVar(&o.Duration, "duration", 5*time.Second, "how long to measure")
	fs.DurationVar(&o.Warmup, "warmup", time.Second, "how long to run before")
	registerProof(fs, &o)
	return func(ctx context.Context, _ []string, stdout io.Writer, stderr *os.File) error {
		var err error
		if o.Target, err = t.target(); err != nil {
			return err
		}
		if err := checkRanges(&o, limit{"parallel", *parallel, 1, 1 << 16}); err != nil {
			return err
		}
		if err := loadProofMix(&o, *mix); err != nil {
			return err
		}
		r, err := bench.Connect(ctx, o, *parallel, t.reporter(stderr))
		if err != nil {
			return err
		}
		return finish(r, t.json, stdout)
	}
}

// proofMixUsage is for commands without traffic of their own.
const proofMixUsage = "`FILE` with the shapes of the stanzas by which components prove themselves, in TOML; small messages if empty"

// loadProofMix reads the mix of a file, if there is one and somebody to send it.
func loadProofMix(o *bench.Options, path string) error {
	if path != "" && !o.Prove {
		return usagef("-mix is for the proof, which -prove=false leaves out")
	}
	return loadMix(o, path)
}

func registerProof(fs *flag.FlagSet, o *bench.Options) {
	fs.BoolVar(&o.Prove, "prove", true, proveUsage)
	fs.DurationVar(&o.DrainTimeout, "drain", 30*time.Second, "how long the proof may take at most")
}

// idleFlags are those of idle, and of the processes it starts.
type idleFlags struct {
	targetFlags
	bench.Options
	bench.HoldOptions
	mix *string
}

func (f *idleFlags) register(fs *flag.FlagSet) {
	f.targetFlags.register(fs)
	fs.IntVar(&f.N, "n", 1000, "connections")
	fs.IntVar(&f.Parallel, "parallel", 64, "connections opened at once")
	fs.IntVar(&f.Processes, "processes", 0, "processes of this tool to hold them; 0 is as many as the limit on open files demands")
	fs.DurationVar(&f.Duration, "duration", 5*time.Second, "how long to hold them, measured")
	fs.DurationVar(&f.Warmup, "warmup", time.Second, "how long to hold them before")
	f.mix = registerMix(fs, proofMixUsage)
	registerProof(fs, &f.Options)
}

func (f *idleFlags) check() (err error) {
	if f.Options.Target, err = f.target(); err != nil {
		return err
	}
	f.Threads = 1
	err = checkRanges(&f.Options, limit{"n", f.N, 1, 10_000_000}, limit{"parallel", f.Parallel, 1, 1 << 16},
		limit{"processes", f.Processes, 0, 1000})
	if err != nil {
		return err
	}
	return loadProofMix(&f.Options, *f.mix)
}

// idle is the command for bench.Hold.
func idle(fs *flag.FlagSet) measure {
	var f idleFlags
	f.register(fs)
	return func(ctx context.Context, _ []string, stdout io.Writer, stderr *os.File) error {
		if err := f.check(); err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		f.Part = append([]string{self, partCommand}, os.Args[2:]...)
		r, err := bench.Hold(ctx, f.Options, f.HoldOptions, f.reporter(stderr))
		if err != nil {
			return err
		}
		return finish(r, f.json, stdout)
	}
}

// partCommand is how idle calls this program for a part of its connections. It has
// idle's flags and its orders on standard input, and is not for people.
const partCommand = "hold-part"

// partProgram is this program as such a part. Interrupts are for the process that
// leads: it says when to end.
func partProgram() *cli.Program {
	return &cli.Program{Name: "weirload", Commands: []cli.Command{{
		Name: partCommand, Setup: setup(context.Background(), holdPart),
	}}}
}

func holdPart(fs *flag.FlagSet) measure {
	var f idleFlags
	f.register(fs)
	first := fs.Int("first", 0, "number of the first connection")
	return func(ctx context.Context, _ []string, stdout io.Writer, _ *os.File) error {
		if err := f.check(); err != nil {
			return err
		}
		return bench.ServePart(ctx, f.Options, *first, f.HoldOptions, os.Stdin, stdout)
	}
}
