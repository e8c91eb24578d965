// SPDX-License-Identifier: Apache-2.0

package linktest

import "weir/internal/cluster/link"

// Node makes an ID for a test's nth node, 0 to 25.
func Node(n int) link.NodeID { return link.NodeID("testnode2" + string(rune('a'+n))) }

// Peer makes a node's life.
func Peer(n int, life uint64) link.Peer { return link.Peer{Node: Node(n), Incarnation: life} }
