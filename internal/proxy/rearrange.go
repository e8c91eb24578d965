// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"weir/internal/config"
)

// rearrangement is a change of the listening sockets under way, and how to take
// it back.
type rearrangement struct {
	p       *Proxy
	leaving []*door // those that the new configuration has not
	undo    []func() error
}

// rearrange opens what c has and we have not, and returns c's doors in order. Who
// is not among them is left open, but for those that stood in the way. On an error
// everything is as it was.
func (p *Proxy) rearrange(c *config.Config) (doors []*door, err error) {
	doors = p.matching(c)
	r := &rearrangement{p: p}
	for _, d := range p.doors {
		if !slices.Contains(doors, d) {
			r.leaving = append(r.leaving, d)
		}
	}
	var errs error // of all, so that one reload tells them all
	for i := range c.Listeners {
		l := &c.Listeners[i]
		switch d := doors[i]; {
		case d == nil:
			doors[i] = p.newDoor(c, l)
			errs = errors.Join(errs, r.open(doors[i], socketOf(l)))
		case d.socket != socketOf(l):
			errs = errors.Join(errs, r.reopen(d, socketOf(l)))
		}
	}
	if errs == nil {
		return doors, nil
	}
	for _, back := range slices.Backward(r.undo) {
		errs = errors.Join(errs, back())
	}
	return nil, errs
}

// matching are the open doors for c's listeners, by address; nil where there is
// none. Several may have asked for any port.
func (p *Proxy) matching(c *config.Config) []*door {
	doors := make([]*door, len(c.Listeners))
	for i := range c.Listeners {
		j := slices.IndexFunc(p.doors, func(d *door) bool { return d.socket.addr == c.Listeners[i].Addr && !slices.Contains(doors, d) })
		if j >= 0 {
			doors[i] = p.doors[j]
		}
	}
	return doors
}

// open opens a new door. One of the same port that is leaving goes first if it is
// in the way: 0.0.0.0 and 127.0.0.1 cannot both have it.
func (r *rearrangement) open(d *door, s socket) error {
	err := r.p.open(d, s)
	if errors.Is(err, unix.EADDRINUSE) && r.makeRoom(s) {
		err = r.p.open(d, s)
	}
	if err == nil {
		r.undo = append(r.undo, func() error { d.shut(); return nil })
	}
	return err
}

// makeRoom shuts the doors that are leaving and have the socket's port.
func (r *rearrangement) makeRoom(s socket) (made bool) {
	for _, d := range r.leaving {
		if d.listen != nil && d.listen.Addr().Port() == s.addr.Port() {
			r.shut(d)
			made = true
		}
	}
	return made
}

// reopen has a door listen in another way where it is. For a moment nobody listens
// there.
func (r *rearrangement) reopen(d *door, s socket) error {
	at := d.listen.Addr() // with the port that the kernel chose, if it was to
	r.shut(d)
	as := s
	s.addr = at
	if err := r.p.open(d, s); err != nil {
		return err
	}
	d.socket = as
	r.undo = append(r.undo, func() error { d.shut(); return nil })
	return nil
}

// shut shuts a door that is opened again if all is taken back.
func (r *rearrangement) shut(d *door) {
	was, at := d.socket, d.listen.Addr()
	d.shut()
	r.undo = append(r.undo, func() error {
		again := was
		again.addr = at
		if err := r.p.open(d, again); err != nil {
			return fmt.Errorf("and what was there cannot be had again: %w", err)
		}
		d.socket = was
		return nil
	})
}
