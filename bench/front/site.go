// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"weir/bench"
	"weir/bench/peers"
)

// The servers are told of the components of 16 pairs, and of as many again: weir
// keeps a component's name at the server for a while when it has left.
const (
	names        = 32
	directNames  = "c%d.example"
	throughNames = "w%d.example"
)

// site starts servers, each in a directory of its own, and stops them all.
type site struct {
	dir     string
	weir    string // the binary
	servers []*peers.Server
}

// start starts a server.
func (s *site) start(ctx context.Context, k peers.Kind) (*peers.Server, error) {
	own, err := os.MkdirTemp(s.dir, k.Name)
	if err != nil {
		return nil, err
	}
	at := peers.Site{Dir: own}
	for i := range names {
		at.Names = append(at.Names, fmt.Sprintf(directNames, i), fmt.Sprintf(throughNames, i))
	}
	server, err := k.Start(ctx, at)
	if err != nil {
		return nil, err
	}
	s.servers = append(s.servers, server)
	return server, nil
}

// stop stops the servers, those in front first.
func (s *site) stop() error {
	var errs []error
	for i := len(s.servers) - 1; i >= 0; i-- {
		errs = append(errs, s.servers[i].Stop())
	}
	s.servers = nil
	return errors.Join(errs...)
}

// pair is a server, and a weir in front of it.
type pair struct{ behind, front *peers.Server }

// pair starts a server of a kind, and a weir in front of it.
func (s *site) pair(ctx context.Context, k peers.Kind) (p pair, err error) {
	if p.behind, err = s.start(ctx, k); err != nil {
		return p, err
	}
	p.front, err = s.start(ctx, peers.Front(s.weir, peers.Behind{Name: k.Name, Addr: p.behind.Addr, Domain: "*"}))
	return p, err
}

// direct has all components connect to the server.
func (p pair) direct() bench.Target {
	return bench.Target{Addr: p.behind.Addr, Domains: directNames, Secret: peers.Secret, PIDs: p.behind.PIDs, Label: p.behind.Name}
}

// through has the senders connect to the weir in front.
func (p pair) through() bench.Target {
	t := p.direct()
	t.Addr, t.Second = p.front.Addr, p.behind.Addr
	t.PIDs = append(p.front.PIDs[:len(p.front.PIDs):len(p.front.PIDs)], p.behind.PIDs...)
	t.Domains, t.Label = throughNames, "weir in front of "+p.behind.Name
	return t
}
