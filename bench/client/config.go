// SPDX-License-Identifier: Apache-2.0

package client

import (
	"crypto/tls"
	"net/netip"

	"weir/bench/traffic"
)

// Config says whom to connect to and how lanes send.
type Config struct {
	Addr    netip.AddrPort
	Second  netip.AddrPort // where every second name connects, from the second on; zero: Addr
	Secret  string
	TLS     *tls.Config // nil: plain
	Threads int         // loops; 0 is 1
	// Apart gives the connections from this number on to the last loop, which has
	// no others: what happens to them then delays nobody else here. 0: all are spread.
	Apart int
	// First is the number of the first connection among those of all processes; it
	// chooses the address to connect from.
	First int

	// Parallel is how many connections are opened at once before the run. With 1 the
	// server accepts them in their order, thread by thread.
	Parallel int
	// Churn closes every connection as soon as it is up, and opens it again.
	Churn bool
	// Redial opens a connection that is cut in the run again, and all that are cut at
	// once. What was under way on it is written off, and lanes send only while both
	// their ends are up.
	Redial bool

	Window int     // closed loop: stanzas of one lane without a verdict
	Burst  int     // stanzas sent at once; 0 is 1
	Rate   float64 // open loop: stanzas a second, all usual lanes together; 0 is closed loop

	// Kind says what a flow is for; nil: all are usual.
	Kind func(*traffic.Flow) LaneKind
}

// LaneKind is what a lane is for.
type LaneKind byte

const (
	// Usual lanes send while the fleet runs, and their latency is measured.
	Usual LaneKind = iota
	// Flood lanes send only once Fleet.Flood is called, without a window, to
	// receivers that then read nothing until the drain. They are counted apart, in
	// Totals.Flood.
	Flood
	// Proof lanes send a few stanzas when Fleet.Prove is called, to show that their
	// connections are what the server says they are.
	Proof
)

const (
	// floodWindow is how many stanzas a flooding lane sends at most: enough to show
	// whether a server bounds what it keeps for one receiver, and an end to it.
	floodWindow = 4 << 20
	// proofStanzas is how many stanzas a proof lane sends, at once: two could be
	// swapped without being delivered twice, one could not.
	proofStanzas = 4
)

func (c *Config) fill() {
	c.Threads = max(c.Threads, 1)
	c.Parallel = max(c.Parallel, 1)
	c.Burst = max(c.Burst, 1)
	if c.Apart > 0 {
		c.Threads = max(c.Threads, 2)
	}
}

func (c *Config) kind(flow *traffic.Flow) LaneKind {
	if c.Kind == nil {
		return Usual
	}
	return c.Kind(flow)
}
