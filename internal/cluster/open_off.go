// SPDX-License-Identifier: Apache-2.0

//go:build nocluster

package cluster

import "weir/internal/cluster/link"

// Built says that this program has a cluster in it.
const Built = false

// Open is refused: this program was built without NATS.
func Open(Transport, Options) (*Node, error) { return nil, link.ErrNotBuilt }
