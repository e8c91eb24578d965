// SPDX-License-Identifier: Apache-2.0

package link

import "errors"

var (
	// ErrWindow: the peer's queue is full, as it does not acknowledge what it was sent. Nothing was queued.
	ErrWindow = errors.New("link: the queue for the peer is full")
	// ErrUnreachable: the peer does not answer, or the bus is down. Nothing was queued.
	ErrUnreachable = errors.New("link: the peer cannot be reached")
	// ErrTooBig: the stanza is larger than Options.StanzaBytes.
	ErrTooBig = errors.New("link: stanza too big")
	// ErrVersion: the peer speaks no version of the frames that we speak.
	ErrVersion = errors.New("link: no common version with the peer")
	// ErrPeers: more peers than Options.Peers.
	ErrPeers = errors.New("link: too many peers")
	// ErrClosed: the link is closed.
	ErrClosed = errors.New("link: closed")
	// ErrNotBuilt: this binary was built without NATS (tag nocluster).
	ErrNotBuilt = errors.New("link: built without NATS (tag nocluster): no cluster here")

	// ErrDown is a Bus that is not connected: nothing was sent, and Receiver.Up will tell when it is worth trying.
	ErrDown = errors.New("link: the bus is not connected")
	// ErrRefused is a Bus that will not take this frame, now or later. Nothing was sent.
	ErrRefused = errors.New("link: the bus refuses the frame")
)
