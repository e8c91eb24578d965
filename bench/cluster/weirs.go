// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/bench"
	"weir/bench/peers"
	"weir/internal/freeport"
)

// What is wanted of whole weirs.
const (
	localPercent  = 95      // of the rate of a weir that is no node
	noneMargin    = 97      // the same of one that was built without a cluster: less than two runs differ by
	acrossRate    = 500_000 // stanzas a second, in all
	acrossMillis  = 0.5     // half of the single stanzas take at most
	warmup        = time.Second
	clusterDomain = "c%d.example"
)

// load is one way to load weirs.
type load struct {
	title string
	drive func(context.Context, bench.Options, bench.Reporter) (*bench.Result, error)
	bench.Options
}

var (
	full   = load{"16 pairs, 180 bytes, window 64", bench.Forward, bench.Options{Pairs: 16, Size: 180, Window: 64}}
	deep   = load{"16 pairs, 180 bytes, window 512, 32 at once", bench.Forward, bench.Options{Pairs: 16, Size: 180, Window: 512, Burst: 32}}
	single = load{"1 pair, 180 bytes, 1,000/s on schedule", bench.Latency, bench.Options{Pairs: 1, Size: 180, Rate: 1000}}
)

// site is weirs that run.
type site struct {
	dir     string
	servers []*peers.Server
}

// newSite makes a site, and builds weir there.
func newSite(ctx context.Context) (s *site, program string, err error) {
	dir, err := os.MkdirTemp("", "weir-cluster-")
	if err != nil {
		return nil, "", err
	}
	s = &site{dir: dir}
	if program, err = s.build(ctx, "weir", ""); err != nil {
		s.stop()
		return nil, "", err
	}
	return s, program, nil
}

// build builds weir, with build tags.
func (s *site) build(ctx context.Context, name, tags string) (program string, err error) {
	program = filepath.Join(s.dir, name)
	if out, err := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", program, "./cmd/weir").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return program, nil
}

// start starts a weir in a directory of its own.
func (s *site) start(ctx context.Context, k peers.Kind) (*peers.Server, error) {
	own, err := os.MkdirTemp(s.dir, "run")
	if err != nil {
		return nil, err
	}
	server, err := k.Start(ctx, peers.Site{Dir: own})
	if err == nil {
		s.servers = append(s.servers, server)
	}
	return server, err
}

// nodes starts three nodes, and waits until each can give names.
func (s *site) nodes(ctx context.Context, program string) (all []*peers.Server, err error) {
	routes, err := freeAddresses(3)
	if err != nil {
		return nil, err
	}
	var ready []string
	for i, route := range routes {
		admin, err := freeport.Next()
		if err != nil {
			return nil, err
		}
		address := "127.0.0.1:" + strconv.Itoa(admin)
		more := fmt.Sprintf("[admin]\n  address = %q\n[cluster]\n  mode = \"embedded\"\n  node = %q\n  listen = %q\n  peers = [\"%s\"]\n  scope = \"cluster\"\n",
			address, peer(i).Node, route, strings.Join(routes, `", "`))
		node, err := s.start(ctx, peers.Node(program, fmt.Sprint("node ", i+1), more))
		if err != nil {
			return nil, err
		}
		all, ready = append(all, node), append(ready, "http://"+address+"/readyz")
	}
	for _, url := range ready {
		if err := waitReady(ctx, url); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func waitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if r, err := http.Get(url); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("a node is not ready")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *site) stop() {
	for _, server := range slices.Backward(s.servers) {
		_ = server.Stop()
	}
	_ = os.RemoveAll(s.dir)
}

// drive loads weirs once.
func (r *result) drive(ctx context.Context, l load, label string, from, to *peers.Server) (*bench.Result, error) {
	o := l.Options
	o.Target = bench.Target{Addr: from.Addr, Domains: clusterDomain, Secret: peers.Secret, PIDs: from.PIDs, Label: label}
	if to != from {
		o.Second = to.Addr
		o.PIDs = slices.Concat(from.PIDs, to.PIDs)
	}
	o.Warmup, o.Duration = warmup, time.Duration(r.Seconds*float64(time.Second))
	got, err := l.drive(ctx, o, bench.Quiet{})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %s: %w", label, l.title, err)
	case got.Interrupted:
		return nil, context.Canceled
	case got.Errors.Sum() > 0:
		return nil, fmt.Errorf("%s: %s: %v %q", label, l.title, got.Errors, got.Notes)
	}
	got.Title = l.title
	r.Runs = append(r.Runs, got)
	return got, nil
}

// measureLocal has components of one weir talk to each other: one built without a cluster, one that is no node, and one of
// three nodes, of which the others do nothing. All run all the time, so that what is idle costs each of them the same.
func measureLocal(ctx context.Context, r *result) error {
	s, program, err := newSite(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	bare, err := s.build(ctx, "weir-nocluster", "nocluster")
	if err != nil {
		return err
	}
	without, err := s.start(ctx, peers.Weir(bare))
	if err != nil {
		return err
	}
	alone, err := s.start(ctx, peers.Weir(program))
	if err != nil {
		return err
	}
	nodes, err := s.nodes(ctx, program)
	if err != nil {
		return err
	}
	node := &bench.Goal{What: "rate within a node of three, of that of a weir that is none", Unit: "%", Wanted: localPercent, AtLeast: true}
	none := &bench.Goal{What: "rate with mode \"none\", of that of a weir built without a cluster", Unit: "%", Wanted: noneMargin, AtLeast: true}
	var rates [3][]float64
	for range r.Rounds {
		var now [3]float64
		for i, server := range []*peers.Server{without, alone, nodes[0]} {
			got, err := r.drive(ctx, full, []string{"built without", "mode none", "node of three"}[i], server, server)
			if err != nil {
				return err
			}
			now[i] = got.PerSecond
			rates[i] = append(rates[i], got.PerSecond)
		}
		none.Rounds, node.Rounds = append(none.Rounds, 100*now[1]/now[0]), append(node.Rounds, 100*now[2]/now[1])
	}
	node.Detail = fmt.Sprintf("%.0f/s of %.0f/s", bench.Median(rates[2]), bench.Median(rates[1]))
	none.Detail = fmt.Sprintf("%.0f/s of %.0f/s", bench.Median(rates[1]), bench.Median(rates[0]))
	r.Goals = append(r.Goals, node.Settle(), none.Settle())
	return nil
}

// measureAcross has components of one node talk to those of another.
func measureAcross(ctx context.Context, r *result) error {
	s, program, err := newSite(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	nodes, err := s.nodes(ctx, program)
	if err != nil {
		return err
	}
	rate := &bench.Goal{What: "180-byte stanzas from one node to another", Unit: "/s", Wanted: acrossRate, AtLeast: true}
	half := &bench.Goal{What: "single stanzas to another node at 1,000/s, p50", Unit: "ms", Wanted: acrossMillis}
	var cpu, most []float64
	for range r.Rounds {
		got, err := r.drive(ctx, deep, "node to node", nodes[0], nodes[1])
		if err != nil {
			return err
		}
		rate.Rounds, cpu = append(rate.Rounds, got.PerSecond), append(cpu, got.ServerUse.PerMillion)
		if got, err = r.drive(ctx, single, "node to node", nodes[0], nodes[1]); err != nil {
			return err
		}
		half.Rounds, most = append(half.Rounds, float64(got.Latency.P50)/1e6), append(most, float64(got.Latency.P99)/1e6)
	}
	rate.Detail = fmt.Sprintf("%s; %.2f s of processor time of the two nodes a million", deep.title, bench.Median(cpu))
	half.Detail = fmt.Sprintf("p99 %.2f ms", bench.Median(most))
	r.Goals = append(r.Goals, rate.Settle(), half.Settle())
	return nil
}
