// SPDX-License-Identifier: Apache-2.0

package link

import (
	"errors"
	"fmt"
	"log/slog"
)

// Options say what a link is, its limits, and whom it tells. Limits that are 0 have the value given here.
type Options struct {
	Self Peer // who we are
	Bus  Bus  // started and closed by the link

	Lanes        int // 4; the same on all nodes. 1 to 16
	FrameBytes   int // 16 KiB; a frame is sent at this size at the latest. A larger stanza travels alone
	StanzaBytes  int // 512 KiB; the largest stanza
	WindowBytes  int // 1 MiB; sent and not acknowledged, on one lane to one peer
	QueueBytes   int // 8 MiB; waiting to be sent to one peer
	InboundBytes int // 12 MiB; what all peers together may have sent us and we not acknowledged: below the bus's own limits
	Peers        int // 64; how many peers there may be

	// Deliver is given what has come, in order, one batch of a lane after another. It must not wait for anything: what
	// cannot be written at once is kept (Batch.Keep) and done later.
	Deliver func(from Peer, b *Batch)
	// Late is given a batch that holds its lane up, every 200 ms for as long as it is not done and half of the lane's window
	// waits behind it. Who is told sees to it that it is done soon: what still waits for a slow destination is answered, or taken over
	// (then it is done although not delivered, and lost in silence if this node dies). Without Late the link does the latter.
	Late func(from Peer, b *Batch)
	// Lost is given, exactly once, each stanza that Send has taken and that was not acknowledged, once there is no more
	// hope: the peer refuses it, is unreachable, is gone, or the link is closed.
	Lost func(to Peer, u *Unacked)
	// Stalled says that half of a peer's queue is full: whoever sends to it should not be read. Opened says that it has
	// drained to an eighth, or the peer has gone. They come in turn, and must not call Send.
	Stalled, Opened func(to Peer)
	// Unreachable says that a peer does not answer (what was on its way has been given to Lost), Reachable that it is heard
	// again. They come in turn.
	Unreachable, Reachable func(p Peer)

	Log *slog.Logger // nil: none

	versions versions // tests: what we speak
}

const (
	lanesDefault        = 4
	lanesMax            = 16
	frameBytesDefault   = 16 << 10
	stanzaBytesDefault  = 512 << 10
	windowBytesDefault  = 1 << 20
	queueBytesDefault   = 8 << 20
	inboundBytesDefault = 12 << 20 // three quarters of what natsd lets wait for one client
	peersDefault        = 64
)

func (o *Options) setDefaults() {
	for _, d := range []struct {
		value *int
		def   int
	}{
		{&o.Lanes, lanesDefault}, {&o.FrameBytes, frameBytesDefault}, {&o.StanzaBytes, stanzaBytesDefault},
		{&o.WindowBytes, windowBytesDefault}, {&o.QueueBytes, queueBytesDefault},
		{&o.InboundBytes, inboundBytesDefault}, {&o.Peers, peersDefault},
	} {
		if *d.value == 0 {
			*d.value = d.def
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.versions == (versions{}) {
		o.versions = versions{versionMin, versionMax}
	}
}

func (o *Options) check() error {
	switch {
	case !o.Self.Node.Valid() || o.Self.Incarnation == 0:
		return fmt.Errorf("link: bad node %q", o.Self)
	case o.Bus == nil || o.Deliver == nil || o.Lost == nil:
		return errors.New("link: a bus, Deliver and Lost are needed")
	case o.Lanes < 1 || o.Lanes > lanesMax:
		return fmt.Errorf("link: %d lanes: 1 to %d", o.Lanes, lanesMax)
	case o.FrameBytes < smallest || o.StanzaBytes < 1 || o.WindowBytes < o.FrameBytes || o.QueueBytes < o.FrameBytes || o.Peers < 1:
		return errors.New("link: a limit is too small")
	}
	return nil
}
