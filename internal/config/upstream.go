// SPDX-License-Identifier: Apache-2.0

package config

import (
	"net"
	"strconv"
)

// AnyDomain, in Upstream.Domains, is the default route.
const AnyDomain = "*"

// Upstream is [[upstream]]: an XMPP server behind us.
type Upstream struct {
	Name    string
	Address string // host:port
	Secret  Secret
	Domains []string // normalised, or AnyDomain

	secretText Secret
	secretFile fromFile
}

func (u *Upstream) section() section {
	return section{header: "[[upstream]]", keys: "upstream", id: u.Name, fields: []field{
		text("name", &u.Name, "a string that is not empty"),
		address("address", &u.Address),
		secret("secret", &u.secretText),
		secretFile("secret_file", &u.secretFile, true),
		list("domains", &u.Domains, "domain names or "+quote(AnyDomain), checkRoute),
	}}
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
	var u Upstream
	fields := u.section().fields
	b.known(names(fields)...)
	b.read(fields)
	for _, key := range []string{"name", "address", "domains"} {
		if !b.has(key) {
			b.fail(key, "is missing, needed: name, address, domains, and secret or secret_file")
		}
	}
	switch {
	case !b.has("secret") && !b.has("secret_file"):
		b.fail("secret", "is missing, needed: secret or secret_file")
	case b.has("secret") && b.has("secret_file"):
		b.fail("secret_file", "stands beside secret, allowed: one of the two")
	}
	u.Secret = u.secretText
	if len(u.secretFile.secrets) > 0 {
		u.Secret = u.secretFile.secrets[0]
	}
	return u
}

func checkRoute(s string) (string, error) {
	if s == AnyDomain {
		return s, nil
	}
	return checkDomain(s)
}

// address is HOST:PORT.
func address(name string, p *string) field {
	f := text(name, p, "HOST:PORT")
	read := f.read
	f.read = func(c cell) {
		read(c)
		s, ok := c.v.(string)
		if !ok || s == "" {
			return // told
		}
		_, port, err := net.SplitHostPort(s)
		if n, _ := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			c.refuse("HOST:PORT")
		}
	}
	return f
}
