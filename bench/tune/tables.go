// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strconv"

	"weir/bench"
)

// reusePort gives each loop its socket.
const reusePort = "reuse_port = true\n"

// forward are weirload's arguments for n pairs that send as they may.
func (o options) forward(pairs int, more ...string) []string {
	return append([]string{
		"forward", "-pairs", strconv.Itoa(pairs), "-size", "180", "-duration", o.duration.String(), "-warmup", "300ms",
	}, more...)
}

// startAll starts a weir for each setting.
func (b *bed) startAll(ctx context.Context, settings ...setting) ([]*server, error) {
	var all []*server
	for _, c := range settings {
		s, err := b.start(ctx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// loopsTable: every number of loops over both drivers, by connections. Half of
// the connections send, each with 64 stanzas under way.
func loopsTable(ctx context.Context, b *bed, o options) error {
	var settings []setting
	for _, driver := range []string{"epoll", "io_uring"} {
		for _, loops := range []int{1, 2, 4} {
			settings = append(settings, setting{
				name:   fmt.Sprintf("%d, %s", loops, driver),
				engine: fmt.Sprintf("driver = %q\nloops = %d\n", driver, loops),
			})
		}
	}
	servers, err := b.startAll(ctx, settings...)
	if err != nil {
		return err
	}
	b.printf("| connections | loops, driver | stanzas/s | CPU s per million | CPU against 1 loop, epoll |\n| --- | --- | --- | --- | --- |\n")
	for _, connections := range []int{2, 16, 128, 1000} {
		all, err := b.compare(ctx, o.rounds, servers, o.forward(connections/2, "-window", "64")...)
		if err != nil {
			return err
		}
		for _, s := range all {
			b.printf("| %d | %s | %.0f | %.3f | %.2f |\n", connections, s.server.name, s.median(perSecond), s.median(cpu), s.against(all[0], cpu))
		}
	}
	return nil
}

// acceptTable: few streams that all send and receive, on few loops. Each round
// connects anew, so the kernel's hash falls otherwise each time. What the busiest
// loop does of all work says how soon that loop is full, whatever else the
// machine does: 0.5 of two loops is as good as it gets, 1 is as bad.
func acceptTable(ctx context.Context, b *bed, o options) error {
	share := func(r *bench.Result) float64 { return b.shares[r] }
	b.printf("| streams | loops | accept_balance | busiest loop, median | worst round | stanzas/s | CPU s per million |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, loops := range []int{2, 4} {
		engine := fmt.Sprintf("loops = %d\n", loops)
		servers, err := b.startAll(ctx,
			setting{name: "kernel", engine: engine, admin: true, listener: reusePort + "accept_balance = \"kernel\"\n"},
			setting{name: "least", engine: engine, admin: true, listener: reusePort},
			setting{name: "least, one socket", engine: engine, admin: true})
		if err != nil {
			return err
		}
		for _, streams := range []int{2, 4, 16} {
			all, err := b.compare(ctx, o.rounds, servers, o.forward(streams/2, "-pattern", "both", "-window", "64")...)
			if err != nil {
				return err
			}
			for _, s := range all {
				b.printf("| %d | %d | %s | %.2f | %.2f | %.0f | %.3f |\n",
					streams, loops, s.server.name, s.median(share), s.most(share), s.median(perSecond), s.median(cpu))
			}
		}
		if err := b.stopAll(); err != nil {
			return err
		}
	}
	return nil
}

// costTable: one option at a time, beside a listener that has none.
func costTable(ctx context.Context, b *bed, o options) error {
	const none = "check_from = false\n"
	servers, err := b.startAll(ctx,
		setting{name: "none", listener: none},
		setting{name: "none, once more", listener: none}, // what the machine makes of equals
		setting{name: "check_from"},
		setting{name: "shaper, never overdrawn", listener: none + "shaper = \"wide\"\n", more: "[shaper.wide]\nmax_rate = 1_000_000_000\n"},
		setting{name: "access, a rule that allows", listener: none + "access = \"some\"\n",
			more: "[acl]\nours = [{server_glob = \"*.example\"}]\n[access]\nsome = [{acl = \"ours\", value = \"allow\"}]\n"},
		setting{name: "metrics, read once a second", listener: none, scraped: true})
	if err != nil {
		return err
	}
	all, err := b.compare(ctx, o.rounds, servers, o.forward(16, "-window", "64")...)
	if err != nil {
		return err
	}
	b.printf("| option | CPU s per million | against none | stanzas/s against none |\n| --- | --- | --- | --- |\n")
	for _, s := range all {
		b.printf("| %s | %.3f | %.3f | %.3f |\n", s.server.name, s.median(cpu), s.against(all[0], cpu), s.against(all[0], perSecond))
	}
	return nil
}

// latencyTable: one stanza under way, from sender to receiver.
func latencyTable(ctx context.Context, b *bed, o options) error {
	copier, err := b.copier(ctx)
	if err != nil {
		return err
	}
	servers, err := b.startAll(ctx,
		setting{name: "epoll", engine: "driver = \"epoll\"\n"},
		setting{name: "epoll, 1 loop", engine: "driver = \"epoll\"\nloops = 1\n"},
		setting{name: "io_uring", engine: "driver = \"io_uring\"\n"})
	if err != nil {
		return err
	}
	servers = append([]*server{copier}, servers...)
	b.printf("| pairs | server | p50 us | against the copier | p99 us | against the copier | CPU s per million |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, pairs := range []int{1, 16} {
		all, err := b.compare(ctx, o.rounds, servers,
			"latency", "-pairs", strconv.Itoa(pairs), "-size", "180", "-duration", o.duration.String(), "-warmup", "300ms")
		if err != nil {
			return err
		}
		for _, s := range all {
			b.printf("| %d | %s | %.1f | %.2f | %.1f | %.2f | %.1f |\n", pairs, s.server.name,
				s.median(p50), s.against(all[0], p50), s.median(p99), s.against(all[0], p99), s.median(cpu))
		}
	}
	return nil
}

// idleTable: connections that have proved who they are, and say nothing. A new
// server for each, since a process does not give all memory back.
func idleTable(ctx context.Context, b *bed, o options) error {
	b.printf("| connections | driver | bytes resident for each | processor, of one core |\n| --- | --- | --- | --- |\n")
	for _, driver := range []string{"epoll", "io_uring"} {
		s, err := b.start(ctx, setting{name: driver, engine: fmt.Sprintf("driver = %q\n", driver)})
		if err != nil {
			return err
		}
		r, err := b.load(ctx, s, "idle", "-n", strconv.Itoa(o.idle), "-parallel", "16", "-duration", o.duration.String())
		if err != nil {
			return err
		}
		b.printf("| %d | %s | %.0f | %.4f |\n", r.Idle.Connections, driver, r.Idle.PerConn, r.Idle.IdleCPU)
		if err := b.stopAll(); err != nil {
			return err
		}
	}
	return nil
}
