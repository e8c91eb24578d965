// SPDX-License-Identifier: Apache-2.0

// Package stream is the state machine of the component protocol, XEP-0114,
// for both sides: Acceptor is the server's, Initiator the component's.
//
// A machine does no I/O: its owner feeds it what the peer wrote, asks for the
// next event until it says NeedMore, and writes what the machine appended to
// the slice it was handed. It has no clock (the owner calls Fail with
// connection-timeout), takes no lock and logs nothing. What comes out does not
// depend on how the input was cut.
//
//	a.Init(cfg, wire.NewStreamID())
//	a.Feed(b)                           // what a read returned
//	for {
//		ev, out = a.Next(out)
//		switch ev { ... }               // until NeedMore or Ended
//	}
//
// Files:
//
//   - event.go: Event, State
//   - acceptor.go: the server's side: feed, next, the established state
//   - acceptor_header.go: judgement of the component's header
//   - acceptor_handshake.go: judgement of its proof
//   - initiator.go: the component's side
//   - verdict.go: how a stream ended
//   - chardata.go: the text of a handshake
//   - export.go: both machines as bytes and back
//
// A machine is owned by one goroutine at a time (by its connection's loop).
// AcceptConfig and InitiateConfig are immutable once a machine uses them,
// except for the scanner's Scratch, which belongs to the loop.
//
// The package does not contain: names of other components, conflicts, routing,
// the checks of a stanza's addresses, time, sockets.
package stream
