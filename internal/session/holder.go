// SPDX-License-Identifier: Apache-2.0

package session

import "weir/internal/cluster/directory"

// Holding is whether this node holds a name's links to servers. A server may allow
// one session for a name; of the nodes that serve it, the one whose claim is the
// oldest holds the links, and the others send by them. All read it from the same
// record.
type Holding uint8

const (
	HoldingHere    Holding = iota // this node
	HoldingThere                  // another one
	HoldingUnclear                // it is about to be told: nothing changes until then
	HoldingNone                   // not this node, which is cut off from who may
)

// Keeper is who has the oldest claim of a name on the node that holds its links.
type Keeper = directory.Holder

// Holding says which node is to hold the links of a name; served: a component serves
// it here, or is about to. by is who has the oldest claim on another node, of
// HoldingThere, and shared says that other nodes serve the name at all.
func (h *Hub) Holding(name string, served bool) (is Holding, by *Keeper, shared bool) {
	if h.cluster == nil {
		return HoldingHere, nil, false
	}
	n := h.cluster.Directory().Lookup([]byte(name))
	if n == nil {
		if h.cut.Load() && !served {
			return HoldingNone, nil, false // somebody else may have it by now
		}
		return HoldingHere, nil, false
	}
	set := n.Set()
	first := set.First()
	switch {
	case first == nil:
		return HoldingHere, nil, false
	case h.cut.Load():
		return HoldingNone, nil, true
	case set.Ours != 0 && set.Ours < first.Epoch:
		return HoldingHere, nil, true
	case set.Ours == 0 && served: // we have just got it
		return HoldingUnclear, nil, true
	}
	return HoldingThere, first, true
}

// ServedAway says whether components on other nodes serve a name.
func (h *Hub) ServedAway(name string) bool {
	return h.cluster != nil && h.cluster.Directory().Lookup([]byte(name)) != nil
}

// KnownUp says whether servers are to know a name.
func (h *Hub) KnownUp(name string) bool {
	r := h.Rules()
	return r != nil && r.Upstream != nil && r.Upstream.Knows(name)
}

// CutOff says whether our lease has ended, so that other nodes may take what was
// ours. Safe from anywhere.
func (h *Hub) CutOff(cut bool) {
	h.cut.Store(cut)
	h.regard("")
}

// regard has the links of a name be looked after again; empty: of all.
func (h *Hub) regard(name string) {
	if r := h.Rules(); r != nil && r.Upstream != nil {
		r.Upstream.Regard(name)
	}
}
