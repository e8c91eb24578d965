// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"testing"

	"weir/internal/cluster/link"
	"weir/internal/cluster/link/linktest"
)

// What a peer took that was given up meanwhile is known to have been reported, though the peer is heard again, and though it
// had been forgotten; what it took before and afterwards is not.
func TestReportedIsKnownWhenThePeerWakesUp(t *testing.T) {
	for _, forgotten := range []bool{false, true} {
		world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
			for round := range uint64(20) { // more than is remembered, and than there may be peers
				before, asleep, after := 3*round+1, 3*round+2, 3*round+3
				a.mustSay(b.peer, before, 8)
				b.eventually("it comes", b.got(int(before)))
				a.eventually("it is acknowledged", func() bool { return a.Stats().Peers[0].InFlight[0] == 0 })
				net.Freeze(b.peer.Node)
				a.mustSay(b.peer, asleep, 8)
				a.eventually("it is lost", func() bool { return len(a.lost) == int(round)+1 })
				if forgotten {
					a.PeerGone(b.peer)
				}
				net.Thaw(b.peer.Node)
				b.eventually("it comes after all", b.got(int(asleep)))
				a.eventually("the peer is heard", func() bool { return a.say(b.peer, after, 8) == nil })
				b.eventually("the next comes", b.got(int(after)))
				for n, want := range map[uint64]bool{before: false, asleep: true, after: false} {
					if got := a.Reported(b.peer, b.places[n]); got != want {
						t.Errorf("forgotten %v, %d at %+v: reported %v", forgotten, n, b.places[n], got)
					}
				}
			}
			if p := b.places[2]; a.Reported(linktest.Peer(2, 9), p) || a.Reported(b.peer, link.Place{Lane: 200, Epoch: p.Epoch, Seq: p.Seq}) || a.Reported(b.peer, link.Place{}) {
				t.Error("reported what nobody sent")
			}
		})
	}
}
