// SPDX-License-Identifier: Apache-2.0

package table

import (
	"testing"
	"time"
)

// A sender that finds an instance sealed waits for the swap, and then finds who serves the name from now on.
func TestSettleWaitsForTheSwap(t *testing.T) {
	tab := New()
	one := mustRegister(t, tab, 1, Balance, "a")
	two := mustRegister(t, tab, 2, Balance, "a")
	moving, release, settled := make(chan bool), make(chan bool), make(chan bool)
	go tab.Leave(one, func(*Name, *Set) {
		close(moving)
		<-release
	})
	<-moving
	go func() {
		tab.Settle()
		close(settled)
	}()
	select {
	case <-settled:
		t.Error("settled in the middle of a change")
	case <-time.After(20 * time.Millisecond): // as long as a wrong Settle is given to show itself
	}
	close(release)
	<-settled
	if got := tab.Lookup([]byte("a")).One(); got != two {
		t.Errorf("found %v after the change", got)
	}
}
