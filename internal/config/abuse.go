// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"net/netip"
	"time"
)

// Abuse is what a listener has against those who come too often, by address.
// Its zero limits are off.
type Abuse struct {
	Allow          []netip.Prefix // nobody else; nil: everybody
	Deny           []netip.Prefix // nor those
	TrustedProxies []netip.Prefix // who may send a PROXY header; nil: everybody

	MaxPerAddress        int // connections at a time
	AcceptRate           int // connections a second of all together; further ones wait
	AcceptRatePerAddress int // likewise of one; further ones are closed

	MaxAuthFailures int           // wrong proofs of one address within Window
	Window          time.Duration // from the first of them
	Lockout         time.Duration // for which nobody from there is let in then

	allow, deny, proxies []string // as written
}

// A window and a lock-out of these bounds fit any use; beyond a day a firewall's
// list is the better place.
const (
	windowMin = time.Second
	windowMax = 24 * time.Hour
)

func defaultAbuse() Abuse { return Abuse{Window: time.Minute, Lockout: 5 * time.Minute} }

func (a *Abuse) fields() []field {
	return []field{
		networks("allow", &a.allow, &a.Allow),
		networks("deny", &a.deny, &a.Deny),
		networks("trusted_proxies", &a.proxies, &a.TrustedProxies),
		integerOrInfinity("max_connections_per_address", &a.MaxPerAddress, 1, 0),
		rateOrInfinity("accept_rate", &a.AcceptRate),
		rateOrInfinity("accept_rate_per_address", &a.AcceptRatePerAddress),
		integerOrInfinity("max_auth_failures", &a.MaxAuthFailures, 1, 0),
		duration("auth_failure_window", &a.Window, windowMin, windowMax),
		duration("auth_lockout", &a.Lockout, windowMin, windowMax),
	}
}

// acceptRateMax is more than any machine accepts.
const acceptRateMax = 1_000_000

func rateOrInfinity(name string, p *int) field {
	f := integerOrInfinity(name, p, 1, 0)
	read := f.read
	f.read = func(c cell) {
		if n, ok := c.v.(int64); ok && n > acceptRateMax {
			c.refuse(integers(1, acceptRateMax) + ", or " + quote(infinity))
			return
		}
		read(c)
	}
	return f
}

// read checks what no key can see alone.
func (a *Abuse) read(b *block, proxyProtocol bool) {
	if a.TrustedProxies != nil && !proxyProtocol {
		b.fail("trusted_proxies", "stands without proxy_protocol = true, allowed: beside it")
	}
	for _, key := range []string{"allow", "trusted_proxies"} {
		if said, ok := b.items[key].([]any); ok && len(said) == 0 {
			b.fail(key, "is empty, which would let nobody in, allowed: networks, or leave it out")
		}
	}
}

const networkAllowed = "networks or addresses, as \"192.0.2.0/24\" or \"2001:db8::1\""

// networks is a list of networks; an address is one of its own.
func networks(name string, written *[]string, p *[]netip.Prefix) field {
	f := list(name, written, networkAllowed, checkNetwork)
	read := f.read
	f.read = func(c cell) {
		read(c)
		*p = []netip.Prefix{}
		for _, s := range *written {
			*p = append(*p, netip.MustParsePrefix(s))
		}
	}
	return f
}

// checkNetwork gives a network its one form. One with an address in it that is
// not its first, and IPv4 in the clothes of IPv6, are most likely not meant.
func checkNetwork(s string) (string, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()).String(), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || p.Addr().Is4In6():
		return "", fmt.Errorf("allowed: %s", networkAllowed)
	case p != p.Masked():
		return "", fmt.Errorf("which is an address within %s, allowed: that network, or the address alone", p.Masked())
	}
	return p.String(), nil
}
