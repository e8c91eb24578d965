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

// The servers are told of the components of 16 pairs three times: weir keeps a
// component's name at the server for a while when it has left, and HAProxy may.
const (
	names        = 32
	directNames  = "c%d.example"
	throughNames = "w%d.example"
	pastNames    = "h%d.example"
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
		at.Names = append(at.Names, fmt.Sprintf(directNames, i), fmt.Sprintf(throughNames, i), fmt.Sprintf(pastNames, i))
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

// pair is a server, and a weir in front of it; also HAProxy, where that is asked
// for and installed.
type pair struct{ behind, front, floor *peers.Server }

// pair starts a server of a kind, and a weir in front of it.
func (s *site) pair(ctx context.Context, k peers.Kind) (p pair, err error) {
	if p.behind, err = s.start(ctx, k); err != nil {
		return p, err
	}
	p.front, err = s.start(ctx, peers.Front(s.weir, peers.Behind{Name: k.Name, Addr: p.behind.Addr, Domain: "*"}))
	return p, err
}

// lay starts HAProxy in front of the server, beside the weir.
func (s *site) lay(ctx context.Context, p *pair) (err error) {
	p.floor, err = s.start(ctx, peers.HAProxyBefore(p.behind.Addr))
	return err
}

// direct has all components connect to the server.
func (p pair) direct() bench.Target {
	return bench.Target{Addr: p.behind.Addr, Domains: directNames, Secret: peers.Secret, PIDs: p.behind.PIDs, Label: p.behind.Name}
}

// through has the senders connect to the weir in front, past to the HAProxy there.
func (p pair) through() bench.Target { return p.by(p.front, throughNames) }
func (p pair) past() bench.Target    { return p.by(p.floor, pastNames) }

func (p pair) by(front *peers.Server, domains string) bench.Target {
	t := p.direct()
	t.Addr, t.Second = front.Addr, p.behind.Addr
	t.PIDs = append(front.PIDs[:len(front.PIDs):len(front.PIDs)], p.behind.PIDs...)
	t.Domains, t.Label = domains, front.Name+" in front of "+p.behind.Name
	return t
}
