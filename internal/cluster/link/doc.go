// SPDX-License-Identifier: Apache-2.0

// Package link carries stanzas between the nodes of a cluster: in order, at most once, with what is lost known and
// reported. It knows nodes, lanes and frames, and not what a stanza is or who serves a name.
//
//	peer.go       NodeID, Peer: who is at the other end, in which life
//	options.go    Options: limits, and what the node above is told
//	link.go       Link: New, Send, Flush, Probe, PeerGone, Drain, Close
//	remote.go     remote: one peer as we send to it, and whether it can be reached
//	lane.go       lane: one of its ordered ways: filling, queued, unacknowledged frames
//	publish.go    publisher: the goroutine of each lane that sends what has gathered
//	control.go    controller: the goroutine that sends acknowledgements, resets and pings
//	keeper.go     keeper: the goroutine that notices what does not come back
//	source.go     source: one peer as we receive from it: what is accepted, what is acknowledged
//	receive.go    what comes from the bus
//	batch.go      Batch: the stanzas of one frame that has come
//	unacked.go    Unacked: the stanzas of frames that were lost
//	reported.go   Reported: whether an answer comes to what was reported lost
//	header.go     the 40 bytes before each frame
//	frame.go      a data frame's stanzas; pools of frames
//	record.go     a control frame's records
//	counters.go   Stats: what has been counted
//	errors.go     why nothing was queued, or a bus cannot be used
//	bus.go        Bus: what carries frames; subject.go, nats.go: over NATS (nats_off.go: built without it)
//
// # How it works
//
// Each pair of addresses has its lane (Lane), each lane of each peer its frames. Send copies a stanza into the frame
// that is being filled, Flush wakes the lanes' publishers, and a publisher sends what has gathered while it sent the
// frame before: many stanzas to a frame under load, one when there is just one, and no timer in between. A receiver
// accepts the next frame of a lane or none: what is missing, doubled or late it refuses, and says so once (reset); then
// the sender knows exactly which frames have been taken, reports the others through Options.Lost and begins an epoch.
// Nothing is sent twice, so nothing is delivered twice.
//
// A frame is acknowledged when its Batch is done, and kept by the sender until then. What is not acknowledged is
// bounded by a window, which the receiver grants out of Options.InboundBytes; behind it a queue is bounded by
// Options.QueueBytes, and then Send says ErrWindow. The windows are what keeps the bus from ever having to drop.
//
// A peer that is not there is noticed by the bus (nobody subscribes: asked twice, 250 ms apart) or by its silence
// (4 s); what it has not acknowledged is reported then, and Send says ErrUnreachable until it is heard again.
//
// # Concurrency
//
// A Link is safe for concurrent use, a Batch too. Callbacks come from the link's goroutines or from the caller of
// Send, PeerGone and Close; they may call the link, except where Options says otherwise.
//
// # Not here
//
// Which node serves a name and whether a claim is still good (the number given to Send as epoch is carried, not
// judged), what a sender is answered, leases, and any retransmission.
package link
