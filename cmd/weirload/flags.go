// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"weir/bench"
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
	if strings.Count(t.Domains, "%d") != 1 || strings.Count(t.Domains, "%") != 1 {
		return t.Target, usagef("-domains is %q, needed is one %%d and no other %%", t.Domains)
	}
	if err := writable(t.json); err != nil {
		return t.Target, usageError{fmt.Errorf("-json: %w", err)}
	}
	t.Target.TLS, err = t.tls.config(t.Addr)
	return t.Target, err
}

// writable says before a long run whether its result can be written, and leaves no
// trace.
func writable(path string) error {
	if path == "" {
		return nil
	}
	_, err := os.Stat(path)
	isNew := errors.Is(err, os.ErrNotExist)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if isNew {
		defer os.Remove(path)
	}
	return f.Close()
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
	if o.DrainTimeout <= 0 {
		return usagef("-drain must be above 0")
	}
	return nil
}

// withoutSecret is a command line as it may be shown: results are.
func withoutSecret(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		name, _, joined := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		switch {
		case name != "secret" || !strings.HasPrefix(arg, "-"):
		case joined:
			out[i] = "-secret=***"
		case i+1 < len(out):
			out[i+1] = "***"
		}
	}
	return out
}

// finish shows and writes a result.
func finish(r *bench.Result, path string, stdout io.Writer) error {
	r.Command = withoutSecret(os.Args)
	r.Print(stdout)
	if path != "" {
		if err := r.WriteFile(path); err != nil {
			return err
		}
	}
	if !r.Passed() || r.Unmeasured() {
		return errFound
	}
	return nil
}
