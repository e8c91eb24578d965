// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"testing"

	"weir/engine/drivertest"
)

// A held connection whose peer has gone is known to have, from any goroutine, with
// what lies there unread; one whose peer is there is not, and a closed one has.
func TestHungUp(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e := newEngine(t, open, Config{})
		u := connect(t, e.loops[0], &user{})
		on(t, u.c.loop, func() { u.c.Hold(1) })
		if _, err := u.peer.Write([]byte("some words")); err != nil {
			t.Fatal(err)
		}
		if _, yes := u.c.HungUp(); yes {
			t.Error("the peer is there")
		}
		if err := u.peer.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the peer's end is known", func() bool { _, yes := u.c.HungUp(); return yes })
		on(t, u.c.loop, func() {
			if late := u.received(); late != "" && late != "some words" {
				t.Errorf("received %q", late)
			} else if n, _ := u.c.HungUp(); n+len(late) != len("some words") {
				t.Errorf("%d bytes are unread, %d were received", n, len(late))
			}
			u.c.Abort(CauseAborted)
		})
		eventually(t, "a closed connection has hung up", func() bool { _, yes := u.c.HungUp(); return yes })
	})
}
