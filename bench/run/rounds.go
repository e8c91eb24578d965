// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

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
	best     map[string]float64 // what each server forwarded, stanzas a second
	dirs     int
}

// run runs all rounds.
func (r *runner) run(ctx context.Context, steps []step, rounds int) error {
	defer r.stopAll()
	for round := range rounds {
		for _, s := range steps {
			for i := range r.kinds {
				// Each round begins with another server, so that none always has the
				// machine as the one before left it.
				k := r.kinds[(i+round)%len(r.kinds)]
				if err := r.one(ctx, s, k); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// one runs a step against a server, if it can do that.
func (r *runner) one(ctx context.Context, s step, k peers.Kind) error {
	routes := k.Name != "copier" && k.Name != "haproxy"
	if s.route && !routes || s.rate > 0 && s.rate > rateShare*r.best[k.Name] {
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
	result, err := r.load(ctx, s, server)
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
	if s.args[0] == "forward" {
		r.best[k.Name] = max(r.best[k.Name], result.PerSecond)
	}
	r.set.Runs = append(r.set.Runs, result)
	r.say(s, k, headline(result))
	return nil
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
	server, err := k.Start(ctx, peers.Site{Dir: dir, Names: names})
	if err == nil && !s.fresh {
		r.running[k.Name] = server
		r.describe(k, server)
	}
	return server, err
}

// describe puts a server's configuration into the set.
func (r *runner) describe(k peers.Kind, s *peers.Server) {
	for i := range r.set.Servers {
		if r.set.Servers[i].Name == k.Name {
			r.set.Servers[i].Config = s.Config
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
func (r *runner) load(ctx context.Context, s step, server *peers.Server) (*bench.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	out := filepath.Join(r.dir, "result.json")
	_ = os.Remove(out)
	args := append(append([]string{}, s.args...), "-addr", server.Addr, "-secret", peers.Secret,
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
	result.Title = s.title
	result.Command = append([]string{"weirload"}, s.args...)
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
		Format: 1, Scenario: s.args[0], Title: s.title, Server: k.Name, Failed: err.Error(),
	})
	r.say(s, k, "failed: "+err.Error())
}

func (r *runner) say(s step, k peers.Kind, what string) {
	fmt.Fprintf(os.Stderr, "%-50s %-9s %s\n", s.title, k.Name, what)
}

// headline is what is said of a run while the benchmark goes on.
func headline(r *bench.Result) string {
	var b strings.Builder
	r.Print(&b)
	var parts []string
	for line := range strings.Lines(b.String()) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "stanzas/s", "connections/s", "errors":
			parts = append(parts, strings.Join(f, " "))
		case "latency":
			parts = append(parts, strings.Join(f[1:10], " "))
		}
	}
	return strings.Join(parts, "; ")
}
