// SPDX-License-Identifier: Apache-2.0

package guard

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

// Reason is why somebody is not let in.
type Reason string

// All reasons there are; Admitted is none.
const (
	Admitted       Reason = ""
	Denied         Reason = "denied"
	Crowded        Reason = "address-connections"
	Hasty          Reason = "address-rate"
	LockedOut      Reason = "locked-out"
	UntrustedProxy Reason = "untrusted-proxy"
)

// Guard watches one listener. Safe for concurrent use.
type Guard struct {
	set atomic.Pointer[Settings]

	mu     sync.Mutex // guards what follows, and the places
	places map[netip.Prefix]*place
	idle   memory
}

// New watches as s says.
func New(s Settings) *Guard {
	g := &Guard{places: map[netip.Prefix]*place{}}
	g.Set(s)
	return g
}

// Set replaces the settings. Those who are in stay; a limit that was off does not
// count them.
func (g *Guard) Set(s Settings) { g.set.Store(&s) }

// MayTell says whether a may say whose connection it passes on.
func (g *Guard) MayTell(a netip.Addr) bool {
	s := g.set.Load()
	return s.Proxies == nil || within(s.Proxies, plain(a))
}

// Enter lets somebody in, or says why not. leave is called once when he has
// gone; it is nil if nobody counts.
func (g *Guard) Enter(a netip.Addr, now int64) (leave func(now int64), why Reason) {
	s := g.set.Load()
	a = plain(a)
	if !s.listed(a) {
		return nil, Denied
	}
	if !s.counts() {
		return nil, Admitted
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.at(a)
	why = p.admit(s, now)
	if why == Admitted {
		p.open++
		leave = func(now int64) { g.left(p, now) }
	}
	g.settle(p, now)
	return leave, why
}

// Inherit counts somebody who is in already. leave is as that of Enter.
func (g *Guard) Inherit(a netip.Addr, now int64) (leave func(now int64)) {
	if !g.set.Load().counts() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.at(plain(a))
	p.open++
	g.settle(p, now)
	return func(now int64) { g.left(p, now) }
}

// left: somebody from p has gone.
func (g *Guard) left(p *place, now int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p.open--
	g.settle(p, now)
}

// Failed counts a wrong proof from a. It says whether that was the one too many.
func (g *Guard) Failed(a netip.Addr, now int64) (lockedOut bool) {
	s := g.set.Load()
	if s.Failures == 0 {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.at(plain(a))
	lockedOut = p.fail(s, now)
	g.settle(p, now)
	return lockedOut
}

// Locked says whether nobody from a is let in now. Those who came in before are
// asked again when they have shown their proof: with many connections begun at
// once there would else be as many guesses.
func (g *Guard) Locked(a netip.Addr, now int64) bool {
	if g.set.Load().Failures == 0 {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.places[network(plain(a))]
	return p != nil && p.locked(now)
}

// at is what is known of an address, out of the idle ones: settle puts it back.
func (g *Guard) at(a netip.Addr) *place {
	key := network(a)
	p := g.places[key]
	if p == nil {
		p = &place{net: key}
		g.places[key] = p
	}
	g.idle.remove(p)
	return p
}

// settle keeps a place as long as there is a reason to.
func (g *Guard) settle(p *place, now int64) {
	if p.open > 0 {
		return
	}
	g.idle.remove(p)
	if p.forgettable(g.set.Load(), now) {
		delete(g.places, p.net)
		return
	}
	g.idle.add(p)
	for _, old := range g.idle.surplus(g.set.Load(), now) {
		delete(g.places, old.net)
	}
}

// plain is the address as lists have it: IPv4 as such, however it came.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// network is what counts as one address.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // zero for no address at all: they count together
	return p
}
