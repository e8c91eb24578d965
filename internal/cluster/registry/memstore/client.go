// SPDX-License-Identifier: Apache-2.0

package memstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"weir/internal/cluster/registry"
)

// Client is one node's way to a server.
type Client struct {
	server *Server
	faults faults
}

var _ registry.Store = (*Client)(nil)

// NewClient makes a way without faults. The seed decides which of them meet what
// later, see SetFaults.
func NewClient(s *Server, seed uint64) *Client {
	c := &Client{server: s}
	c.faults.rng = rand.New(rand.NewPCG(seed, 0))
	return c
}

// SetFaults has things go wrong from now on.
func (c *Client) SetFaults(f Faults) { c.faults.set(f) }

// way waits as long as the way takes; false when nothing comes through.
func (c *Client) way(ctx context.Context) bool {
	if d := c.faults.delay(); d > 0 {
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return false
		}
	}
	if c.faults.cut() {
		<-ctx.Done()
		return false
	}
	return ctx.Err() == nil
}

// Get implements registry.Store.
func (c *Client) Get(ctx context.Context, key string) (registry.Entry, error) {
	if !c.way(ctx) {
		return registry.Entry{}, registry.ErrUnknown
	}
	return c.server.get(key), nil
}

// Put implements registry.Store.
func (c *Client) Put(ctx context.Context, key string, value []byte, expect uint64, ttl time.Duration) (uint64, error) {
	if value == nil {
		value = []byte{}
	}
	return c.put(ctx, key, value, expect, ttl)
}

// Delete implements registry.Store.
func (c *Client) Delete(ctx context.Context, key string, expect uint64) error {
	_, err := c.put(ctx, key, nil, expect, 0)
	return err
}

func (c *Client) put(ctx context.Context, key string, value []byte, expect uint64, ttl time.Duration) (uint64, error) {
	if !c.way(ctx) {
		return 0, registry.ErrUnknown
	}
	before, after := c.faults.write()
	if before != nil {
		return 0, before
	}
	rev, err := c.server.put(key, value, expect, ttl)
	if !c.way(ctx) || err == nil && after != nil {
		return 0, registry.ErrUnknown
	}
	return rev, err
}

// Generation implements registry.Store.
func (c *Client) Generation(ctx context.Context) (uint64, error) {
	if !c.way(ctx) {
		return 0, registry.ErrUnknown
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.server.generation, nil
}

var errForgot = errors.New("memstore: the server has forgotten everything")

// cutLook is how often a watch behind a cut looks whether it is mended.
const cutLook = 10 * time.Millisecond

// Watch implements registry.Store.
func (c *Client) Watch(ctx context.Context, tell func(registry.Event)) error {
	if !c.way(ctx) {
		return registry.ErrUnknown
	}
	w := c.server.watch()
	defer c.server.unwatch(w)
	for {
		for c.faults.cut() {
			select {
			case <-time.After(cutLook):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		all, ended := w.take()
		for _, e := range all {
			if d := c.faults.delay(); d > 0 {
				time.Sleep(d)
			}
			tell(e)
		}
		if ended {
			return errForgot
		}
		select {
		case <-w.more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
