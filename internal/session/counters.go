// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/stanza"
	"weir/internal/wire"
)

// Counters count stanzas on one loop. They are the loop's own; elsewhere they
// are read by a Post. Over all loops, once nothing waits in a queue,
//
//	Accepted + Arrived = delivered (engine.Counters) + Answered + Served + Dropped + Parked + Crossed
//
// so nothing that came in is lost in silence. Over all nodes of a cluster, once
// nothing is on its way, Crossed is Arrived.
type Counters struct {
	Accepted int64 // stanzas read from established streams
	Early    int64 // stanzas before the handshake, dropped
	Answered int64 // answered with an error instead of being delivered
	Served   int64 // taken by the host service, or by a link itself
	Dropped  int64 // errors and results that nobody could be told of
	Parked   int64 // waiting now, for a server or for a component that may come back; of one loop it may be negative

	Arrived  int64 // stanzas from other nodes
	Crossed  int64 // stanzas that were sent to other nodes; of one loop it may be negative
	Unknown  int64 // stanzas that were, and of which nobody knows what became; Answered or Dropped
	Outdated int64 // stanzas that came by an old claim of their sender's; Answered or Dropped
	NotHere  int64 // stanzas that came for a claim that is not ours any more; likewise
	Garbled  int64 // messages from other nodes that were none

	AnswersLost int64 // answers of ours whose receiver was gone

	Received [stanza.Kinds]int64 // Accepted, by kind
	Stayed   [stanza.Kinds]int64 // those that were sent on to no component here
	Refused  Reasons             // Answered, by the condition of the error
	Ended    Reasons             // streams, by what ended them

	ShaperDelay int64 // nanoseconds for which streams were not read because of their shaper

	Opened       int64 // streams
	Established  int64
	AuthFailed   int64
	Conflicts    int64
	Kicked       int64
	TimedOut     int64 // in negotiation
	Failed       int64 // streams ended by an error of ours
	Held         int64 // sources held for a receiver that was behind
	InputEvicted int64 // unfinished stanzas given up for want of memory
}

// Forwarded are the stanzas sent on to a component, by kind; some come back.
// They are not counted themselves: nearly all stanzas go that way, and those that
// do not are cheaper to count.
func (c *Counters) Forwarded() (n [stanza.Kinds]int64) {
	for k := range n {
		n[k] = c.Received[k] - c.Stayed[k]
	}
	return n
}

// Reasons count events by a word. There are as many as the code has words for
// them, none of which a peer chooses.
type Reasons map[string]int64

func (r *Reasons) add(reason string) {
	if *r == nil {
		*r = make(Reasons)
	}
	(*r)[reason]++
}

func (c *Counters) answered(e wire.StanzaError) {
	c.Answered++
	c.Refused.add(e.Condition)
}
