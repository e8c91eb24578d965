// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestStateTimeoutForEachStep: the header and the handshake have state_timeout each; together they may take longer than one.
func TestStateTimeoutForEachStep(t *testing.T) {
	t.Parallel()
	const timeout, most = 5 * time.Second, 3 * time.Second
	w := xmpptest.StartWeir(t, listener+"state_timeout = 5_000\n")
	p := xmpptest.Connect(t, w.Addr())
	time.Sleep(most)
	p.Open("c.example")
	time.Sleep(most) // the connection is older than the timeout now, the step is not
	p.Login(secret)
	time.Sleep(timeout) // and nothing is awaited any more
	p.Sync()
}

// TestStateTimeoutDefault: five seconds.
func TestStateTimeoutDefault(t *testing.T) {
	t.Parallel()
	w := xmpptest.StartWeir(t, listener)
	start := time.Now()
	p := xmpptest.Connect(t, w.Addr())
	headed := xmpptest.Connect(t, w.Addr())
	headed.Open("c.example")
	p.ExpectHeaderError("connection-timeout", false)
	expectWithin(t, start, 5*time.Second)
	headed.ExpectStreamError("connection-timeout")
	expectWithin(t, start, 5*time.Second)
}

// TestStateTimeoutFreesThePlace: who is dismissed for silence makes room.
func TestStateTimeoutFreesThePlace(t *testing.T) {
	w := xmpptest.StartWeir(t, impatient+"max_connections = 1\n")
	silent := xmpptest.Connect(t, w.Addr())
	next := xmpptest.Connect(t, w.Addr())
	next.Name = "c.example"
	next.Send(xmpptest.Header(next.Name))
	silent.ExpectHeaderError("connection-timeout", false)
	silent.Close()
	next.ExpectHeader(next.Name)
	next.Login(secret)
	next.Sync()
}
