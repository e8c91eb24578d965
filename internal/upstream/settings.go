// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"crypto/sha256"
	"crypto/tls"
	"slices"
	"strings"
	"time"

	"weir/xmlscan"
)

// Settings are what the configuration says of one server. Immutable.
type Settings struct {
	Name       string
	Address    string // HOST:PORT, or unix:PATH
	Secret     string
	Domains    []string // normalised, "*" for all others
	Components []string // the names that go up, each with all under it; nil: all
	Privileged []string // names that may speak for others there
	Kind       string   // for remedies: "auto", "prosody", …
	Spread     bool     // share the names with the other servers of a domain, in place of standing by
	TLS        *TLS     // nil: plain

	Linger           time.Duration // how long the links of a component that has left stay
	ParkTime         time.Duration // how long a stanza waits
	ParkBytes        int           // how much may wait, for each name and direction
	ConnectTimeout   time.Duration
	HandshakeTimeout time.Duration // for each of its two steps
	PingInterval     time.Duration // of silence, after which the server is asked for a sign of life
	PingTimeout      time.Duration // to give one
	RetryMax         time.Duration // the longest pause between tries
	ReturnAfter      time.Duration // how long a server must be up before it takes its names back from a standby
	MaxStanza        int           // bytes the server takes
	Limits           xmlscan.Limits
}

// TLS is how connections to a server are secured.
type TLS struct {
	Config *tls.Config
	// Digest tells apart what is not the same: connections are then opened anew.
	Digest [sha256.Size]byte
}

// sameConnection says whether connections are opened in the same way as by o.
func (s *Settings) sameConnection(o *Settings) bool {
	if s.Address != o.Address || s.Secret != o.Secret || (s.TLS == nil) != (o.TLS == nil) {
		return false
	}
	return s.TLS == nil || s.TLS.Digest == o.TLS.Digest
}

// takes says whether a name is to be known to the server.
func (s *Settings) takes(name string) bool { return s.Components == nil || under(name, s.Components) }

// under says whether a name is one of the domains, or lies under one.
func under(name string, domains []string) bool {
	return slices.ContainsFunc(domains, func(d string) bool {
		return name == d || strings.HasSuffix(name, "."+d)
	})
}

// pingTarget is whom to ask for a sign of life: a domain of the server, or
// without one the name itself, whose answer comes back down.
func (s *Settings) pingTarget(name string) string {
	for _, d := range s.Domains {
		if d != "*" {
			return d
		}
	}
	return name
}
