// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"weir/bench"
	"weir/bench/peers"
)

// What a thousand names at two servers may take.
const (
	manyNames    = 1000
	manyServers  = 2
	linksSeconds = 5
	linkBytes    = 4096
)

// links measures them: servers of its own, weirs, since those cost the least.
func (m *meter) links(ctx context.Context, s *site) (time, memory *bench.Goal, err error) {
	time = &bench.Goal{What: "1,000 names come up at 2 servers", Unit: "s", Wanted: linksSeconds, Detail: "from the first component's connect to the last link's handshake"}
	memory = &bench.Goal{What: "resident for each link", Unit: "bytes", Wanted: linkBytes, Detail: "beside the same components without servers"}
	for range m.pace.rounds {
		seconds, bytes, err := m.linksOnce(ctx, s)
		if err != nil {
			return nil, nil, err
		}
		time.Rounds, memory.Rounds = append(time.Rounds, seconds), append(memory.Rounds, bytes)
	}
	return time.Settle(), memory.Settle(), nil
}

func (m *meter) linksOnce(ctx context.Context, s *site) (seconds, bytes float64, err error) {
	var behind []peers.Behind
	for i := range manyServers {
		server, err := s.start(ctx, peers.Weir(s.weir))
		if err != nil {
			return 0, 0, err
		}
		behind = append(behind, peers.Behind{Name: fmt.Sprint("s", i), Addr: server.Addr, Domain: fmt.Sprintf("s%d.example", i)})
	}
	front, err := s.start(ctx, peers.Front(s.weir, behind...))
	if err != nil {
		return 0, 0, err
	}
	alone, err := s.start(ctx, peers.Front(s.weir))
	if err != nil {
		return 0, 0, err
	}
	with, seconds, err := m.hold(ctx, front, manyNames*manyServers)
	if err != nil {
		return 0, 0, err
	}
	without, _, err := m.hold(ctx, alone, 0) // watched in the same way, which costs memory too
	if err != nil {
		return 0, 0, err
	}
	grown := func(i *bench.Idle) float64 { return float64(i.RSSHeld - i.RSSBefore) }
	return seconds, (grown(with.Idle) - grown(without.Idle)) / (manyNames * manyServers), s.stop()
}

// hold connects the components, and keeps them. seconds is how long it took until
// so many links were up.
func (m *meter) hold(ctx context.Context, server *peers.Server, links int) (r *bench.Result, seconds float64, err error) {
	m.say("1,000 names at " + server.Name)
	up := make(chan float64, 1)
	go func() { up <- awaitLinks(ctx, server.Metrics, links) }()
	r, err = bench.Hold(ctx, bench.Options{
		Target:   bench.Target{Addr: server.Addr, Secret: peers.Secret, PIDs: server.PIDs, Label: server.Name},
		Duration: 2 * linksSeconds * time.Second,
	}, bench.HoldOptions{N: manyNames, Parallel: 8}, bench.Quiet{})
	if err != nil {
		return nil, 0, err
	}
	r.Title = "1,000 idle components"
	m.set.Runs = append(m.set.Runs, r)
	if seconds = <-up; seconds < 0 {
		return nil, 0, fmt.Errorf("the links did not come up while their components were held")
	}
	return r, seconds, nil
}

var (
	linksUp    = regexp.MustCompile(`(?m)^weir_upstream_links\{[^}]*state="up"[^}]*\} (\d+)$`)
	components = regexp.MustCompile(`(?m)^weir_component_names (\d+)$`)
)

// awaitLinks gives the seconds from when the first component is there until all are,
// and so many links are up; less than 0 if they never are.
func awaitLinks(ctx context.Context, metrics string, links int) float64 {
	const often = 20 * time.Millisecond
	began := time.Now()
	for ; ctx.Err() == nil && time.Since(began) < 10*linksSeconds*time.Second; time.Sleep(often) {
		text := fetch(ctx, metrics)
		there := sum(components, text)
		if there == 0 {
			began = time.Now()
		}
		if there == manyNames && sum(linksUp, text) == links {
			return time.Since(began).Seconds()
		}
	}
	return -1
}

func sum(what *regexp.Regexp, text string) (n int) {
	for _, m := range what.FindAllStringSubmatch(text, -1) {
		v, _ := strconv.Atoi(m[1])
		n += v
	}
	return n
}

// fetch reads a page; empty if it cannot be had now.
func fetch(ctx context.Context, url string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return ""
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}
