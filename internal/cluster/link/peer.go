// SPDX-License-Identifier: Apache-2.0

package link

import "strconv"

// NodeID names a node: 10 characters of base32 in small letters (a to z, 2 to 7). It becomes a token of a subject.
type NodeID string

const nodeIDLen = 10

// Valid says whether it is one.
func (n NodeID) Valid() bool {
	if len(n) != nodeIDLen {
		return false
	}
	for i := range len(n) {
		if c := n[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// Peer is one life of a node: a process that is started again has another incarnation, and is another peer.
type Peer struct {
	Node        NodeID
	Incarnation uint64 // random at each start, never 0
}

func (p Peer) String() string { return string(p.Node) + "/" + strconv.FormatUint(p.Incarnation, 16) }
