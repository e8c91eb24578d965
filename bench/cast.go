// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"errors"
	"slices"

	"weir/bench/client"
	"weir/bench/traffic"
)

// cast is who takes part in a run: components by name, and who writes to whom.
type cast struct {
	names []string
	flows []*traffic.Flow
}

// casting makes a cast. Addresses of the same length share a script, which fixes
// the size of their stanzas.
type casting struct {
	cast
	o       *Options
	seed    uint64
	scripts map[scriptKey]*traffic.Script
}

type scriptKey struct {
	length int // of both addresses
	cargo  cargo
}

// cargo is what a flow carries.
type cargo int

const (
	usualCargo cargo = iota
	proofCargo       // small messages, since every component may have some of them, or the mix if one is given
	floodCargo       // of the usual ones those that a server may refuse with an error
)

// cast begins with n components, of which the first has number first.
func (o *Options) casting(first, n int) *casting {
	c := &casting{o: o, seed: seed(), scripts: map[scriptKey]*traffic.Script{}}
	for i := range n {
		c.names = append(c.names, o.domain(first+i))
	}
	return c
}

// add adds a flow.
func (c *casting) add(r route, carries cargo) error {
	from, to := "s@"+c.names[r.from]+"/w", "r@"+c.names[r.to]+"/w"
	key := scriptKey{len(from) + len(to), carries}
	script := c.scripts[key]
	if script == nil {
		shapes, err := c.o.shapes(from, to)
		switch carries {
		case proofCargo:
			shapes, err = c.o.proofShapes(from, to)
		case floodCargo:
			if shapes = answerable(shapes); err == nil && len(shapes) == 0 {
				err = errors.New("no shape of the mix may be answered with an error")
			}
		}
		if err != nil {
			return err
		}
		if script, err = traffic.NewScript(shapes, c.seed); err != nil {
			return err
		}
		c.scripts[key] = script
	}
	c.flows = append(c.flows, script.NewFlow(traffic.Flow{
		ID: uint32(len(c.flows)), Source: r.from, Target: r.to, From: from, To: to,
	}))
	return nil
}

// plan makes the names and flows of a run with the pattern of the options, and as
// many components without traffic behind them, which prove themselves if asked to.
func (o *Options) plan(crowd int) (cast, error) {
	components, routes, err := o.Pattern.routes(o.Pairs)
	if err != nil {
		return cast{}, err
	}
	c := o.casting(0, components+crowd)
	for i, r := range routes {
		carries := usualCargo
		if o.flood && i == len(routes)-1 {
			carries = floodCargo
		}
		if err := c.add(r, carries); err != nil {
			return cast{}, err
		}
	}
	return c.cast, o.proofs(c, components, crowd)
}

// answerable are the shapes that a server may answer with an error. Of another it
// need not say a word when it has no room.
func answerable(shapes []traffic.Shape) []traffic.Shape {
	return slices.DeleteFunc(slices.Clone(shapes), func(s traffic.Shape) bool { return !s.Answerable() })
}

// fleet makes the connections of a run.
func (o *Options) fleet(ctx context.Context, cfg client.Config, c cast) (*client.Fleet, error) {
	addr, err := client.Resolve(ctx, o.Addr)
	if err != nil {
		return nil, err
	}
	if o.Second != "" {
		if cfg.Second, err = client.Resolve(ctx, o.Second); err != nil {
			return nil, err
		}
	}
	cfg.Addr, cfg.Secret, cfg.TLS, cfg.Threads = addr, o.Secret, o.TLS, max(cfg.Threads, o.Threads)
	return client.New(cfg, c.names, c.flows)
}
