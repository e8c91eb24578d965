// SPDX-License-Identifier: Apache-2.0

package refusal

import (
	"maps"
	"net/netip"
	"sync"
	"time"
)

const (
	// recentMax is how many refusals are remembered.
	recentMax = 50
	// nameBytesMax is how much of a name, which a stranger has chosen, is kept.
	nameBytesMax = 128
)

// Entry is one refusal.
type Entry struct {
	At        time.Time
	Reason    string // one of the program's words, never a peer's
	Listener  string
	Peer      netip.AddrPort
	Component string // the name it asked for; empty if it had not come to that
}

// Book is all of them. The zero value is empty.
type Book struct {
	mu          sync.Mutex
	connections map[string]int64
	ring        [recentMax]Entry
	n           int // ever written
}

// Connection enters somebody who was refused before a stream began.
func (b *Book) Connection(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.connections == nil {
		b.connections = map[string]int64{}
	}
	b.connections[e.Reason]++
	b.write(e)
}

// Stream enters a stream that was refused, or ended by an error of ours.
func (b *Book) Stream(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write(e)
}

func (b *Book) write(e Entry) {
	e.At = time.Now()
	e.Component = e.Component[:min(len(e.Component), nameBytesMax)]
	b.ring[b.n%recentMax] = e
	b.n++
}

// Connections are the connections refused so far, by reason.
func (b *Book) Connections() map[string]int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.connections)
}

// Recent are the last refusals, newest first.
func (b *Book) Recent() []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Entry, 0, min(b.n, recentMax))
	for i := b.n - 1; i >= max(0, b.n-recentMax); i-- {
		all = append(all, b.ring[i%recentMax])
	}
	return all
}
