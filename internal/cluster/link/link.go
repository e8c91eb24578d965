// SPDX-License-Identifier: Apache-2.0

package link

import "context"

// Link sends stanzas to other nodes and receives theirs. It is safe for concurrent use.
type Link struct{ o Options }

// New starts a link on its bus. The link owns the bus from now on, also if there is an error.
func New(o Options) (*Link, error) {
	o.setDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Link{o: o}, nil
}

// Lane is the lane of the stanzas from one address to another: order holds within a lane.
func (l *Link) Lane(from, to []byte) uint8 { return 0 }

// Send takes a copy of a stanza for a peer. It waits for nobody and allocates nothing in the steady state. What it
// takes is delivered, or given to Options.Lost, or (Unknown) both; with an error it was not taken. Call Flush afterwards.
func (l *Link) Send(to Peer, lane uint8, epoch uint64, stanza []byte) error { return ErrClosed }

// Flush sends what Send has taken so far: call it at the end of a loop's tick. It costs little if there is nothing.
func (l *Link) Flush() {}

// Probe asks whether a peer is alive: true when it answers, false when twice nobody is there to hear, 250 ms apart.
func (l *Link) Probe(ctx context.Context, p Peer) (alive bool, err error) { return false, ErrClosed }

// PeerGone forgets a peer whose lease has ended: what it has not acknowledged is reported through Lost, before this
// returns. A Send to it begins anew.
func (l *Link) PeerGone(p Peer) {}

// Drain waits until all that was taken is acknowledged or lost.
func (l *Link) Drain(ctx context.Context) error { return ErrClosed }

// Close ends the link and its bus. What is not acknowledged is reported through Lost before it returns, and no callback
// comes afterwards.
func (l *Link) Close() {}
