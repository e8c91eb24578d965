// SPDX-License-Identifier: Apache-2.0

package session

import (
	"time"

	"weir/internal/acl"
	"weir/internal/stream"
	"weir/table"
	"weir/xmlscan"
)

// Infinite is a StateTimeout that never comes.
const Infinite time.Duration = -1

// Settings are what a listener's configuration says of its streams. Immutable.
type Settings struct {
	Name         string // of the listener, for logs: "127.0.0.1:8888"
	StateTimeout time.Duration
	Passwords    []string
	Access       *acl.Rule // judges who sends to its components; nil: everybody may
	Shaper       int       // bytes per second read from each stream; 0: no limit
	CheckFrom    bool
	Hidden       bool
	Conflict     table.Policy
	Limits       xmlscan.Limits
}

// Listener is the settings of the streams that came in by one door, made ready
// for each loop. Immutable: a reload makes another one for those who come later.
type Listener struct {
	*Settings
	accept []stream.AcceptConfig // by loop, since scratch memory is a loop's
}

// NewListener makes s ready for the loops whose sessions share locals.
func NewListener(s *Settings, locals []*Local) *Listener {
	l := &Listener{Settings: s}
	for _, lo := range locals {
		l.accept = append(l.accept, stream.AcceptConfig{
			Scan:      xmlscan.Config{Limits: s.Limits, Scratch: lo.scratch},
			Passwords: s.Passwords,
		})
	}
	return l
}
