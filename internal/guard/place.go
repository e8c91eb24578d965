// SPDX-License-Identifier: Apache-2.0

package guard

import (
	"net/netip"

	"weir/internal/shaper"
)

// place is what is known of one address. Its guard's mutex guards it.
type place struct {
	net  netip.Prefix
	open int // connections there are

	rate  shaper.Bucket
	limit int // the rate that the bucket was made for

	failures int   // wrong proofs since
	since    int64 // the first of them
	until    int64 // when a lock-out ends; 0: there is none

	prev, next *place // among the idle
	idle       bool
}

// admit says whether one more may come.
func (p *place) admit(s *Settings, now int64) Reason {
	switch {
	case s.Failures > 0 && p.locked(now):
		return LockedOut
	case s.Connections > 0 && p.open >= s.Connections:
		return Crowded
	case !p.inTime(s, now):
		return Hasty
	}
	return Admitted
}

// inTime takes one from what the address may have this second. Who is refused
// pays nothing: he can come again as soon as there is something.
func (p *place) inTime(s *Settings, now int64) bool {
	if p.limit != s.Rate {
		p.rate, p.limit = shaper.New(s.Rate, now), s.Rate
	}
	if p.rate.Max(now) == 0 {
		return false
	}
	p.rate.Spend(now, 1)
	return true
}

// fail counts a wrong proof, and says whether the address is locked out by it.
func (p *place) fail(s *Settings, now int64) bool {
	if p.locked(now) {
		return false // it is already, and guesses do not make it longer
	}
	if !p.suspected(s, now) {
		p.failures, p.since = 0, now
	}
	p.failures++
	if p.failures < s.Failures {
		return false
	}
	p.failures, p.until = 0, now+s.Lockout.Nanoseconds()
	return true
}

func (p *place) locked(now int64) bool { return p.until > now }

// suspected says that its wrong proofs count still.
func (p *place) suspected(s *Settings, now int64) bool {
	return p.failures > 0 && now-p.since <= s.Window.Nanoseconds()
}

// forgettable says that a place without connections is like one never heard of.
func (p *place) forgettable(s *Settings, now int64) bool {
	return !p.locked(now) && !p.suspected(s, now) &&
		(!p.rate.Shaped() || p.rate.Full(now))
}
