// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// AnyDomain, in Upstream.Domains, is the default route.
const AnyDomain = "*"

// Upstream is [[upstream]]: an XMPP server behind us.
type Upstream struct {
	Name       string
	Address    string // HOST:PORT, or unix:PATH
	Secret     Secret
	Domains    []string // normalised, or AnyDomain
	Components []string // the names that go up, each with all under it; nil: all
	Privileged []string // the names that may speak for others there, likewise
	Kind       string
	Spread     bool         // names are shared out among the servers of a domain; else the later ones stand by
	TLS        *UpstreamTLS // nil: plain

	Linger           time.Duration // links stay so long without their component
	ParkTime         time.Duration // the longest a stanza waits
	ParkBytes        int           // the most that wait, for each name and direction
	MaxStanzaSize    int           // bytes the server takes
	ConnectTimeout   time.Duration
	HandshakeTimeout time.Duration
	PingInterval     time.Duration // of silence
	PingTimeout      time.Duration
	RetryMax         time.Duration
	ReturnAfter      time.Duration

	secretText Secret
	secretFile fromFile
}

// upstreamAddress is what an address may be.
const upstreamAddress = "HOST:PORT or unix:PATH"

// defaultStanzaUp leaves room below the 512 KiB that Prosody takes for what has
// to be declared anew on another stream.
const defaultStanzaUp = 500_000

func defaultUpstream() Upstream {
	return Upstream{
		Kind:             "auto",
		Linger:           30 * time.Second,
		ParkTime:         10 * time.Second,
		ParkBytes:        mib,
		MaxStanzaSize:    defaultStanzaUp,
		ConnectTimeout:   5 * time.Second,
		HandshakeTimeout: 5 * time.Second,
		PingInterval:     10 * time.Second,
		PingTimeout:      5 * time.Second,
		RetryMax:         time.Minute,
		ReturnAfter:      10 * time.Second,
	}
}

func (u *Upstream) sections() []section {
	all := []section{{header: "[[upstream]]", keys: "upstream", id: u.Name, fields: u.fields()}}
	if u.TLS != nil {
		all = append(all, section{header: "[upstream.tls]", keys: "upstream.tls", id: u.Name, fields: u.TLS.fields(), alone: true})
	}
	return all
}

func (u *Upstream) fields() []field {
	return []field{
		text("name", &u.Name, "a string that is not empty"),
		serverAddress("address", &u.Address),
		secret("secret", &u.secretText),
		secretFile("secret_file", &u.secretFile, true),
		list("domains", &u.Domains, "domain names or "+quote(AnyDomain), checkRoute),
		list("components", &u.Components, "domain names", checkDomain),
		list("privileged", &u.Privileged, "domain names", checkDomain),
		oneOf("kind", &u.Kind, plain("auto", "prosody", "ejabberd", "mongooseim", "openfire")),
		oneOf("share", &u.Spread, []word[bool]{{"standby", false}, {"spread", true}}),
		duration("linger", &u.Linger, 0, time.Hour),
		duration("park_time", &u.ParkTime, 0, time.Hour),
		integer("park_bytes", &u.ParkBytes, 0, 1<<30),
		integer("max_stanza_size", &u.MaxStanzaSize, 1, 1<<30),
		duration("connect_timeout", &u.ConnectTimeout, 10*time.Millisecond, time.Minute),
		duration("handshake_timeout", &u.HandshakeTimeout, 10*time.Millisecond, time.Minute),
		duration("ping_interval", &u.PingInterval, 100*time.Millisecond, time.Hour),
		duration("ping_timeout", &u.PingTimeout, 100*time.Millisecond, time.Minute),
		duration("retry_max", &u.RetryMax, 100*time.Millisecond, time.Hour),
		duration("return_after", &u.ReturnAfter, 0, time.Hour),
	}
}

func readUpstreams(b *block) []Upstream {
	if !b.src.support.Upstream {
		if b.has("upstream") {
			b.unsupported("upstream", "")
		}
		return nil
	}
	var all []Upstream
	seen := map[string]bool{}
	for _, sub := range b.subs("upstream") {
		u := readUpstream(sub)
		if seen[u.Name] {
			sub.fail("name", "is %s twice, allowed: each name once", quote(u.Name))
		}
		seen[u.Name] = u.Name != ""
		all = append(all, u)
	}
	return all
}

func readUpstream(b *block) Upstream {
	u := defaultUpstream()
	fields := u.fields()
	b.known(append(names(fields), "tls")...)
	b.read(fields)
	for _, key := range []string{"name", "address", "domains"} {
		if b.lacks(key) {
			b.fail(key, "is missing, needed: name, address, domains, and secret or secret_file")
		}
	}
	switch {
	case b.lacks("secret", "secret_file"):
		b.fail("secret", "is missing, needed: secret or secret_file")
	case b.has("secret") && b.has("secret_file"):
		b.fail("secret_file", "stands beside secret, allowed: one of the two")
	}
	u.Secret = u.secretText
	if len(u.secretFile.secrets) > 0 {
		u.Secret = u.secretFile.secrets[0]
	}
	if b.has("tls") {
		u.TLS = readUpstreamTLS(b, u.Address)
	}
	return u
}

func checkRoute(s string) (string, error) {
	if s == AnyDomain {
		return s, nil
	}
	if under, wild := strings.CutPrefix(s, "*."); wild {
		return "", fmt.Errorf("allowed: domain names; %s takes all that lies under it, too", quote(under))
	}
	return checkDomain(s)
}

// serverAddress is where a server takes connections.
func serverAddress(name string, p *string) field {
	f := hostPort(name, p, 1, upstreamAddress)
	read := f.read
	f.read = func(c cell) {
		if s, _ := c.v.(string); strings.HasPrefix(s, unixPrefix) && s != unixPrefix {
			*p = s
			return
		}
		read(c)
	}
	return f
}

const unixPrefix = "unix:"

// address is HOST:PORT to listen on; with port 0 the kernel chooses.
func address(name string, p *string) field { return hostPort(name, p, 0, "HOST:PORT") }

// hostPort is HOST:PORT, with low the least port; allowed says what else there
// may be.
func hostPort(name string, p *string, low int, allowed string) field {
	f := text(name, p, allowed)
	read := f.read
	f.read = func(c cell) {
		read(c)
		s, ok := c.v.(string)
		if !ok || s == "" {
			return // told
		}
		_, port, err := net.SplitHostPort(s)
		if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < low || n > 65535 {
			c.refuse(allowed)
		}
	}
	return f
}
