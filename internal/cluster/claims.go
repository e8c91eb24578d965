// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"slices"

	"weir/internal/cluster/registry"
	"weir/internal/session"
)

// Claim implements session.Cluster. Names are asked for in one order by all, so
// that of two that want several of the same one gets them.
func (n *Node) Claim(c session.Claim, done func(error)) {
	n.done.Go(func() {
		ctx, cancel := context.WithTimeout(n.ctx, n.RegistryTimeout)
		defer cancel()
		done(n.claimAll(ctx, c))
	})
}

func (n *Node) claimAll(ctx context.Context, c session.Claim) error {
	names := slices.Sorted(slices.Values(c.Names))
	for i, name := range names {
		_, err := n.registry.Claim(ctx, registry.Request{Name: name, ID: c.ID, Policy: c.Policy, Hidden: c.Hidden})
		if err == nil {
			continue
		}
		n.Release(names[:i], c.ID)
		if errors.As(err, new(registry.TakenError)) {
			return session.ErrNameTaken
		}
		return session.ErrUndecided
	}
	return nil
}

// Release implements session.Cluster.
func (n *Node) Release(names []string, id uint64) {
	for _, name := range names {
		n.registry.Release(name, id)
	}
}
