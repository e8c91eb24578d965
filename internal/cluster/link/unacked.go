// SPDX-License-Identifier: Apache-2.0

package link

// Outcome is what is known of a stanza that was not acknowledged.
type Outcome uint8

const (
	// NotDelivered: it has not been delivered and will not be.
	NotDelivered Outcome = iota
	// Unknown: it was sent, and whether it arrived cannot be known.
	Unknown
)

// Unacked is stanzas of one lane to one peer that were not acknowledged, in the order of Send. It is good until the
// callback that it is given to returns.
type Unacked struct {
	Lane    uint8
	Outcome Outcome
	first   *frame
}

// Each calls fn with every stanza, and the epoch it was sent with. The stanza is good until fn returns.
func (u *Unacked) Each(fn func(epoch uint64, stanza []byte)) {
	for f := u.first; f != nil; f = f.next {
		each(f.b, int(f.count), fn)
	}
}

// Len is how many there are.
func (u *Unacked) Len() int {
	n := 0
	for f := u.first; f != nil; f = f.next {
		n += int(f.count)
	}
	return n
}
