// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"weir/bench"
	"weir/bench/peers"
)

// runner runs steps against servers. Its servers run all at the same time, idle
// but for the one under test, so that the rounds can alternate between them.
type runner struct {
	kinds    []peers.Kind
	weirload string
	dir      string // scratch
	set      *bench.Set
	running  map[string]*peers.Server
	best     map[string]float64 // what each server forwarded in the first round, stanzas a second
	round    int
	dirs     int
}

// run runs all rounds.
func (r *runner) run(ctx context.Context, steps []step, rounds int) error {
	defer r.stopAll()
	for r.round = range rounds {
		for _, s := range steps {
			if s.once && r.round > 0 {
				continue
			}
			for i := range r.kinds {
				if err := r.one(ctx, s, r.kinds[turn(r.round, i, len(r.kinds))]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// turn gives the number of the server that comes i-th in a round, of n. Each round
// begins with another one, and every second goes the other way: merely turned, the
// order would leave each server the machine as the same one before it left it.
func turn(round, i, n int) int {
	at := (round + i) % n
	if round%2 == 1 {
		at = (n - at) % n
	}
	return at
}

// one runs a step against a server, if it can do that.
func (r *runner) one(ctx context.Context, s step, k peers.Kind) error {
	if !r.can(s, k) {
		return nil
	}
	server, err := r.server(ctx, s, k)
	if err != nil {
		r.failed(s, k, err)
		return ctx.Err()
	}
	if s.fresh {
		defer server.Stop()
	}
	result, err := r.load(ctx, s, k, server)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.failed(s, k, err)
		// It may have died; the next step starts it anew.
		_ = server.Stop()
		delete(r.running, k.Name)
		return nil
	}
	// Every round has the rates of the first, or its ratios would be of other runs.
	if s.args[0] == "forward" && r.round == 0 {
		r.best[k.Name] = max(r.best[k.Name], result.PerSecond)
	}
	r.set.Runs = append(r.set.Runs, result)
	r.say(s, k, result.Headline())
	return nil
}

// routes says whether a server looks at whom a stanza is for.
func routes(k peers.Kind) bool { return k.Name != "copier" && k.Name != "haproxy" }

// can says whether a step says something about a server.
func (r *runner) can(s step, k peers.Kind) bool {
	switch {
	case s.only == nil && k.Name == "io_uring", s.only != nil && !slices.Contains(s.only, k.Name):
		return false
	case s.route && !routes(k), s.tls && !k.TLS:
		return false
	case r.best[k.Name] > 0 && s.rate > rateShare*r.best[k.Name]:
		return false
	case s.files > filesMost():
		r.say(s, k, fmt.Sprintf("SKIPPED: it needs %d open files in one process, allowed are %d", s.files, filesMost()))
		return false
	}
	return true
}

// filesMost is how many files a process may open.
func filesMost() int {
	var lim unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &lim) != nil {
		return 0
	}
	return int(min(lim.Max, math.MaxInt32))
}

// server gives the server that runs, or starts it.
func (r *runner) server(ctx context.Context, s step, k peers.Kind) (*peers.Server, error) {
	if have := r.running[k.Name]; have != nil && !s.fresh {
		return have, nil
	}
	r.dirs++
	dir := filepath.Join(r.dir, k.Name+strconv.Itoa(r.dirs))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	names := make([]string, s.names)
	for i := range names {
		names[i] = fmt.Sprintf("c%d.example", i)
	}
	server, err := k.Start(ctx, peers.Site{Dir: dir, Names: names, TLS: s.tls})
	if err != nil {
		return nil, err
	}
	if s.restart {
		server.Supervise()
	}
	if !s.fresh {
		r.running[k.Name] = server
	}
	r.describe(k, server, dir, s)
	return server, nil
}

// describe puts a server's configuration into the set: that of the servers which all
// rows share, and that with TLS. Others differ by the names they know. Where it ran is
// of no use to others.
func (r *runner) describe(k peers.Kind, server *peers.Server, dir string, s step) {
	config := strings.ReplaceAll(server.Config, dir, "DIR")
	for i := range r.set.Servers {
		d := &r.set.Servers[i]
		switch {
		case d.Name != k.Name:
		case s.tls:
			d.Secure = config
		case !s.fresh || d.Config == "":
			d.Config = config
		}
	}
}

func (r *runner) stopAll() {
	for _, s := range r.running {
		if err := s.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

// loadTimeout bounds one run: its own times, the opening, and the drain.
const loadTimeout = 2 * time.Minute

// load runs weirload.
func (r *runner) load(ctx context.Context, s step, k peers.Kind, server *peers.Server) (*bench.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	out := filepath.Join(r.dir, "result.json")
	_ = os.Remove(out)
	args := slices.Clone(s.args)
	if s.prove && !routes(k) {
		args = append(args, "-prove=false")
	}
	shown := slices.Clone(args)
	args = append(args, "-addr", server.Addr, "-secret", peers.Secret,
		"-server", server.Name, "-pid", join(server.PIDs), "-json", out, "-quiet")
	cmd := exec.CommandContext(ctx, r.weirload, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said bytes.Buffer
	cmd.Stderr = &said
	runErr := cmd.Run()
	set, err := bench.Read(out)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", runErr, strings.TrimSpace(said.String()))
	}
	result := set.Runs[0]
	result.Title, result.Round = s.title, r.round+1
	result.Command = append([]string{"weirload"}, shown...)
	return result, nil
}

func join(pids []int) string {
	var s []string
	for _, p := range pids {
		s = append(s, strconv.Itoa(p))
	}
	return strings.Join(s, ",")
}

func (r *runner) failed(s step, k peers.Kind, err error) {
	r.set.Runs = append(r.set.Runs, &bench.Result{
		Format: 1, Scenario: s.args[0], Title: s.title, Round: r.round + 1, Server: k.Name, Failed: strings.ReplaceAll(err.Error(), r.dir, "DIR"),
	})
	r.say(s, k, "failed: "+err.Error())
}

func (r *runner) say(s step, k peers.Kind, what string) {
	fmt.Fprintf(os.Stderr, "%-64s %-9s %s\n", s.title, k.Name, what)
}
