// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"time"

	"weir/engine"
	"weir/internal/operator"
	"weir/internal/refusal"
	"weir/internal/session"
)

// Sample is what is read of a running proxy at one moment, loop by loop.
type Sample struct {
	Version, Commit, Go, Driver string

	Started    time.Time
	Ready      bool // false: weir is leaving
	Loops      []operator.LoopSample
	Listeners  []Listener
	Components []operator.Card

	Certificates []Certificate
	Handshakes   engine.HandshakeCount // TLS

	Links        []Link
	Servers      []Server
	ParkedBytes  int64         // of all parked stanzas
	OldestParked time.Duration // for how long the stanza has waited that waits longest

	Connections session.Reasons // refused before a stream began
	Refusals    []refusal.Entry // the last ones, newest first

	Cluster *Cluster // nil: there are no other nodes

	LogLost, LogOmitted int64 // lines

	OutboxBytes, OutboxBudget int64 // what waits for all peers, in memory
	InputBudget               int64
	Names                     int // in the table
}

// Listener is one door.
type Listener struct {
	Name        string
	Connections int
	Max         int // 0: no limit
}

// Certificate is one that a listener shows.
type Certificate struct {
	Listener, File string
	Expires        time.Time
}

// Server is how a server behind us has behaved since the start.
type Server struct {
	Upstream                                 string
	Opened, Broken, Refused, Failed, Faulted int64
}

// Link is one component's link to a server behind us.
type Link struct {
	Component, Upstream string
	State               string    // idle, waiting, opening, up, closing, elsewhere
	Since               time.Time // when it came up; zero if it is not
	HeldBy              string    // of a cluster, the node that holds the link; empty: this one
	Refused             string    // the condition of the server's last refusal
	Problem             string    // why the server could not be reached
	Parked              int       // stanzas that wait for the server
}

// sum adds up a counter over the loops.
func (s *Sample) sum(of func(*operator.LoopSample) int64) (n int64) {
	for i := range s.Loops {
		n += of(&s.Loops[i])
	}
	return n
}

// reasons adds up events by their word.
func (s *Sample) reasons(of func(*session.Counters) session.Reasons) session.Reasons {
	all := session.Reasons{}
	for i := range s.Loops {
		for reason, n := range of(&s.Loops[i].Session) {
			all[reason] += n
		}
	}
	return all
}

// Behind is for how long the component has been behind that has been so longest.
func (s *Sample) Behind() (longest time.Duration) {
	for i := range s.Components {
		longest = max(longest, s.Components[i].Behind)
	}
	return longest
}

// Queued is what waits for components, in bytes, together and for the one for
// which most waits.
func (s *Sample) Queued() (all, most int64) {
	for i := range s.Components {
		n := int64(s.Components[i].Queued)
		all += n
		most = max(most, n)
	}
	return all, most
}
