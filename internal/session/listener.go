// SPDX-License-Identifier: Apache-2.0

package session

import (
	"sync/atomic"
	"time"

	"weir/internal/acl"
	"weir/internal/stream"
	"weir/internal/wire"
	"weir/table"
	"weir/xmlscan"
)

// Infinite is a StateTimeout that never comes.
const Infinite time.Duration = -1

// Settings are what a listener's configuration says of its streams. Immutable.
type Settings struct {
	Name         string // of the listener, for logs: "127.0.0.1:8888"
	StateTimeout time.Duration
	Passwords    []string  // none, and Identity: any proof is taken
	Identity     bool      // a component has only the names it has proved before (AcceptProven)
	Access       *acl.Rule // judges who sends to its components; nil: everybody may
	Shaper       int       // bytes per second read from each stream; 0: no limit
	Warden       Warden    // nil: wrong proofs are without consequence
	CheckFrom    bool
	Hidden       bool
	Conflict     table.Policy
	Limits       xmlscan.Limits
	// Absence is what servers are told of a component of this listener that has
	// left, when what they have for it has waited for long enough.
	Absence wire.StanzaError
	// AwaitAll has it wait for as long as the component is expected back.
	AwaitAll bool
}

// Listener is the door by which some streams came in. Its settings can be
// replaced while they live. Safe for concurrent use.
type Listener struct {
	locals []*Local
	ready  atomic.Pointer[ready]
}

// ready is settings made ready for each loop. Immutable.
type ready struct {
	*Settings
	accept []stream.AcceptConfig // by loop, since scratch memory is a loop's
}

// NewListener makes a door for the loops whose sessions share locals.
func NewListener(s *Settings, locals []*Local) *Listener {
	l := &Listener{locals: locals}
	l.Set(s)
	return l
}

// Set replaces the settings. What is asked for each stanza (access, check_from)
// holds at once, for those too who are there; the rest for those who come later.
func (l *Listener) Set(s *Settings) {
	r := &ready{Settings: s}
	for _, lo := range l.locals {
		r.accept = append(r.accept, stream.AcceptConfig{
			Scan:      xmlscan.Config{Limits: s.Limits, Scratch: lo.scratch},
			Passwords: s.Passwords,
			AnyProof:  s.Identity && len(s.Passwords) == 0,
		})
	}
	l.ready.Store(r)
}

// now is the settings that hold now.
func (l *Listener) now() *ready { return l.ready.Load() }
