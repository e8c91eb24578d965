// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"weir/bench/traffic"
)

// Target is the server under test and how its components are named.
type Target struct {
	Addr    string // HOST:PORT of its component listener
	Second  string // that of the receivers of pairs, if it is another; empty: Addr
	Secret  string
	TLS     *tls.Config // nil: plain
	Domains string      // names of the components; %d is their number, from 0
	PIDs    []int       // of the server, for processor time and memory; may be empty
	Label   string      // what the server is called in results
}

// Options are what scenarios with traffic have in common. The zero value of a
// field is its default.
type Options struct {
	Target
	Pattern  Pattern
	Pairs    int // flows, or for a pattern its size; default 16
	Size     int // bytes of a stanza; 0 is the mix
	Mix      []traffic.Shape
	Window   int     // stanzas of a flow under way at most; default 64
	Burst    int     // stanzas sent at once; default 1
	Rate     float64 // stanzas a second in all, sent on schedule; 0 keeps the window
	Threads  int
	Warmup   time.Duration
	Duration time.Duration
	// Lines are by what a scenario with pass lines passes.
	Lines Lines
	// Prove lets components without traffic show, after their figures are taken, that
	// they are what the server says they are. A server that does not route cannot.
	Prove bool
	// DrainTimeout is how long what is under way may take after the end; default 30 s.
	DrainTimeout time.Duration

	redial bool // the scenario cuts connections, and they come back
	flood  bool // the last flow is a flood, of which every stanza has an answer if it is not delivered
}

func (o *Options) fill() {
	def := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	def(&o.Pairs, 16)
	def(&o.Window, 64)
	def(&o.Burst, 1)
	def(&o.Threads, 1)
	if o.Domains == "" {
		o.Domains = "c%d.example"
	}
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 30 * time.Second
	}
}

// domain gives the name of component i.
func (t *Target) domain(i int) string {
	if !strings.Contains(t.Domains, "%d") {
		return t.Domains
	}
	return fmt.Sprintf(t.Domains, i)
}

// shapes gives the stanzas to send. A size asks for plain messages of exactly
// that many bytes, whatever the length of the names.
func (o *Options) shapes(from, to string) ([]traffic.Shape, error) {
	switch {
	case o.Mix != nil:
		return o.Mix, nil
	case o.Size > 0:
		s, err := traffic.Messages(o.Size, from, to)
		return []traffic.Shape{s}, err
	}
	return traffic.BuiltinMix()
}

// seed makes the tokens of this run its own.
func seed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.NativeEndian.Uint64(b[:])
}
