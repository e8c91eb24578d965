// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"encoding/json"
	"slices"

	"weir/internal/cluster/directory"
)

// revBits is how many of an epoch's bits are the revision; those above are the
// store's generation.
const revBits = 36

// epochOf is the epoch of what came by a revision.
func epochOf(generation, rev uint64) uint64 { return generation<<revBits | rev&(1<<revBits-1) }

// record is all who hold a name.
type record struct {
	Holders []holder `json:"h,omitempty"`
	// Kick is the last revision by which somebody replaced those who were there,
	// 0 in the record that does so. None: nobody has.
	Kick *uint64 `json:"k,omitempty"`
}

// holder is one of them.
type holder struct {
	Node    directory.Node `json:"n"`
	Inc     uint64         `json:"i"`
	ID      uint64         `json:"s"`
	Rev     uint64         `json:"r,omitempty"` // by which it came; 0: by the record's own
	Balance bool           `json:"b,omitempty"`
	Hidden  bool           `json:"x,omitempty"`
}

func (h *holder) peer() directory.Peer { return directory.Peer{Node: h.Node, Incarnation: h.Inc} }

// decode reads a record and says by which revision each came. What cannot be read
// is nobody's, and so is what is of no node: its name would go into a subject.
func decode(e Entry) (r record) {
	if e.Gone || json.Unmarshal(e.Value, &r) != nil {
		return record{}
	}
	r.Holders = slices.DeleteFunc(r.Holders, func(h holder) bool { return !ValidNode(string(h.Node)) })
	for i := range r.Holders {
		if r.Holders[i].Rev == 0 {
			r.Holders[i].Rev = e.Rev
		}
	}
	if r.Kick != nil && *r.Kick == 0 {
		*r.Kick = e.Rev
	}
	return r
}

func (r record) encode() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic("registry: a record cannot be written: " + err.Error())
	}
	return b
}

// by is the holder with an instance ID on a run of a node; nil without one.
func (r record) by(p directory.Peer, id uint64) *holder {
	i := slices.IndexFunc(r.Holders, func(h holder) bool { return h.peer() == p && h.ID == id })
	if i < 0 {
		return nil
	}
	return &r.Holders[i]
}

// isAlone says that there is nobody in the record, read at a revision, but one who came
// by that.
func (r record) isAlone(h holder, rev uint64) bool { return len(r.Holders) == 1 && h.Rev == rev }

// without is the record less some of its holders.
func (r record) without(drop func(holder) bool) record {
	r.Holders = slices.DeleteFunc(slices.Clone(r.Holders), drop)
	return r
}

// with is the record and one more, who comes by it.
func (r record) with(h holder) record {
	h.Rev = 0
	r.Holders = append(slices.Clone(r.Holders), h)
	return r
}

// forDirectory is the record in the directory's words.
func (r record) forDirectory(generation uint64) []directory.Holder {
	all := make([]directory.Holder, 0, len(r.Holders))
	for _, h := range r.Holders {
		all = append(all, directory.Holder{Peer: h.peer(), ID: h.ID, Epoch: epochOf(generation, h.Rev), Balance: h.Balance, Hidden: h.Hidden})
	}
	return all
}

// lease is what a node says of itself.
type lease struct {
	Inc     uint64 `json:"i"`
	Version string `json:"v,omitempty"`
}

func decodeLease(e Entry) (l lease, ok bool) {
	return l, !e.Gone && json.Unmarshal(e.Value, &l) == nil
}
