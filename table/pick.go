// SPDX-License-Identifier: Apache-2.0

package table

// Pick gives the instance that serves a sender (bare address, normalised), nil when the set is empty.
//
// It is rendezvous hashing: each instance has a weight that depends on its ID and the sender, the heaviest wins
// (Thaler and Ravishankar, 1998). When an instance goes, only the senders it served are spread anew; when one comes, it
// takes an equal part of everybody's. No state, and the order of the set does not matter.
//
// The hash has no secret and no per-process seed: the same senders must meet the same instances after an upgrade in
// place. A peer that crafts addresses can only prefer one instance, which one address sent often enough does as well.
func (s *Set) Pick(bareSender []byte) *Instance {
	if one := s.only[0]; one != nil {
		return one
	}
	var h heaviest
	h.weigh(hashBytes(bareSender), s.Instances)
	return h.best
}

type heaviest struct {
	best   *Instance
	weight uint64
}

func (h *heaviest) weigh(sender uint64, all []*Instance) {
	for _, i := range all {
		w := weight(sender, i.ID)
		if h.best == nil || w > h.weight || w == h.weight && i.ID > h.best.ID {
			h.best, h.weight = i, w
		}
	}
}

// Weight is an instance's for a sender (bare address, normalised): of several, the
// heaviest serves it, on whatever node.
func Weight(bareSender []byte, id uint64) uint64 { return weight(hashBytes(bareSender), id) }

// weight is the id-th output of splitmix64 seeded with the sender's hash: well mixed in both arguments.
func weight(sender, id uint64) uint64 {
	x := sender + id*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashBytes is FNV-1a, 64 bits; hash/fnv would allocate. weight does the mixing that FNV lacks.
func hashBytes(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
