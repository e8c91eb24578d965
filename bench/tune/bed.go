// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"weir/bench"
	"weir/bench/peers"
	"weir/internal/freeport"
)

const (
	startTimeout = 10 * time.Second
	stopTimeout  = 15 * time.Second // longer than weir's drain
	loadTimeout  = 2 * time.Minute  // of one run: its own times, the opening, the drain
)

// setting is a weir to be measured.
type setting struct {
	name     string
	engine   string // keys of [engine]
	listener string // keys of the listener
	more     string // further sections
	admin    bool   // it has metrics
	scraped  bool   // they are read meanwhile, once a second
}

// server is one that runs.
type server struct {
	name    string
	addr    string
	pids    []int
	metrics string // URL; empty: it has none
	scraped bool
	stop    func() error
}

// bed is a directory with the programs, and the servers that run.
type bed struct {
	out     io.Writer // for tables
	dir     string
	servers []*server
	runs    int
	shares  map[*bench.Result]float64 // of the busiest loop, of the work of all
}

// newBed builds weir and weirload.
func newBed(ctx context.Context, out io.Writer) (*bed, error) {
	dir, err := os.MkdirTemp("", "weir-tune-")
	if err != nil {
		return nil, err
	}
	b := &bed{out: out, dir: dir, shares: map[*bench.Result]float64{}}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", dir+"/", "./cmd/weir", "./cmd/weirload").CombinedOutput(); err != nil {
		b.close()
		return nil, fmt.Errorf("build: %w: %s", err, out)
	}
	return b, nil
}

func (b *bed) printf(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

// close stops what runs.
func (b *bed) close() {
	if err := b.stopAll(); err != nil {
		fmt.Fprintln(os.Stderr, "tune:", err)
	}
	_ = os.RemoveAll(b.dir)
}

func (b *bed) stopAll() error {
	var errs []error
	for _, s := range b.servers {
		errs = append(errs, s.stop())
	}
	b.servers = nil
	return errors.Join(errs...)
}

const config = `[engine]
%s
[[listen.component]]
port = %d
ip_address = "127.0.0.1"
password = %q
%s
%s
`

// start starts weir with a setting.
func (b *bed) start(ctx context.Context, c setting) (*server, error) {
	port, err := freeport.Next()
	if err != nil {
		return nil, err
	}
	s := &server{name: c.name, addr: "127.0.0.1:" + strconv.Itoa(port)}
	text := fmt.Sprintf(config, c.engine, port, peers.Secret, c.listener, c.more)
	if s.scraped = c.scraped; c.scraped || c.admin {
		admin, err := freeport.Next()
		if err != nil {
			return nil, err
		}
		s.metrics = fmt.Sprintf("http://127.0.0.1:%d/metrics", admin)
		text += fmt.Sprintf("[admin]\naddress = \"127.0.0.1:%d\"\n", admin)
	}
	file := filepath.Join(b.dir, fmt.Sprintf("weir%d.toml", len(b.servers)))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := s.launch(filepath.Join(b.dir, "weir"), "serve", "-config", file); err != nil {
		return nil, err
	}
	b.servers = append(b.servers, s)
	return s, s.listening(ctx)
}

// launch starts the program; what it logs is shown when it fails.
func (s *server) launch(program string, args ...string) error {
	var log bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.pids = []int{cmd.Process.Pid}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.stop = func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		var err error
		select {
		case err = <-ended:
		case <-time.After(stopTimeout):
			_ = cmd.Process.Kill()
			err = errors.Join(errors.New("does not end"), <-ended)
		}
		if err != nil {
			return fmt.Errorf("weir, %s: %w: %s", s.name, err, log.String())
		}
		return nil
	}
	return nil
}

// listening waits until the server lets in.
func (s *server) listening(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp4", s.addr)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("weir, %s, does not listen: %w", s.name, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// copier starts the floor of all comparisons.
func (b *bed) copier(ctx context.Context) (*server, error) {
	for _, k := range peers.Kinds() {
		if k.Name != "copier" {
			continue
		}
		if p := k.Missing(); p != "" {
			return nil, fmt.Errorf("the copier needs %s", p)
		}
		dir := filepath.Join(b.dir, "copier")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		p, err := k.Start(ctx, peers.Site{Dir: dir})
		if err != nil {
			return nil, err
		}
		s := &server{name: k.Name, addr: p.Addr, pids: p.PIDs, stop: p.Stop}
		b.servers = append(b.servers, s)
		return s, nil
	}
	return nil, errors.New("there is no copier")
}

// load runs weirload against a server. A run in which a stanza was lost, doubled,
// reordered or altered gives no figures.
func (b *bed) load(ctx context.Context, s *server, args ...string) (*bench.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	if s.scraped {
		defer scrape(ctx, s.metrics)()
	}
	before, err := s.busy(ctx)
	if err != nil {
		return nil, err
	}
	b.runs++
	out := filepath.Join(b.dir, fmt.Sprintf("result%d.json", b.runs))
	var pids []string
	for _, p := range s.pids {
		pids = append(pids, strconv.Itoa(p))
	}
	args = append(append([]string{}, args...), "-addr", s.addr, "-secret", peers.Secret, "-server", s.name,
		"-pid", strings.Join(pids, ","), "-json", out, "-quiet")
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, "weirload"), args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("weirload %s against %s: %w: %s", strings.Join(args, " "), s.name, err, bytes.TrimSpace(said))
	}
	set, err := bench.Read(out)
	if err != nil {
		return nil, err
	}
	after, err := s.busy(ctx)
	if err != nil {
		return nil, err
	}
	b.shares[set.Runs[0]] = busiest(before, after)
	return set.Runs[0], nil
}
