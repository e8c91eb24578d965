// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/guard"
	"weir/internal/preface"
	"weir/internal/session"
	"weir/internal/upgrade"
)

const (
	// prepareTimeout is what a new weir has to read its configuration and to open
	// what it needs; nobody waits for it.
	prepareTimeout = 30 * time.Second
	// restTimeout is what the loops have to come to rest, and takeTimeout what the
	// new weir has to take everything: meanwhile nothing is read.
	restTimeout = 2 * time.Second
	takeTimeout = 5 * time.Second
)

// Errors of an upgrade that did not come about.
var (
	errFormat = errors.New("the new weir speaks another format of upgrades: this step needs a restart")
	errNode   = errors.New("a node of a cluster cannot be upgraded in place: restart one node after the other")
	errOrder  = errors.New("the new weir does not say what was expected")
)

// bequest is an upgrade in place as the old process sees it.
type bequest struct {
	p      *Proxy
	to     *upgrade.Pipe
	doors  map[*session.Listener]int
	moved  []moved
	counts upgrade.Counts // as they were given
	began  time.Time      // when the loops were frozen
	mail   letters        // for when they are let go
}

// moved is a connection that was given and not yet let go.
type moved struct {
	conn   *engine.Conn
	depart func()
	tunnel int // our end of the tunnel; -1: it goes on without us
}

// MayHandOver says why there can be no upgrade in place here. It is asked before a
// new weir is started: one that joined a cluster as this node would fence us.
func (p *Proxy) MayHandOver() error {
	if p.hub.Clustered() {
		return errNode
	}
	return nil
}

// HandOver gives everything to another weir at the other end of a pipe, with further
// listening sockets, and returns how long the streams stood still. When it returns an
// error everything goes on here as if nothing had been. Else Run waits for what could
// not go, and returns. It is called by one goroutine at a time, and not beside Reload.
func (p *Proxy) HandOver(ctx context.Context, to *upgrade.Pipe, further []upgrade.Listening) (pause time.Duration, err error) {
	if err := p.MayHandOver(); err != nil {
		return 0, err
	}
	b := &bequest{p: p, to: to, doors: map[*session.Listener]int{}, mail: letters{wake: make(chan struct{}, 1)}}
	if err := to.Deadline(time.Now().Add(prepareTimeout)); err != nil {
		return 0, err
	}
	// Not earlier: the end of ctx may be there already, and the later deadline counts.
	stop := context.AfterFunc(ctx, func() { _ = to.Deadline(time.Now()) })
	defer stop()
	if err := b.prepare(further); err != nil {
		return 0, err
	}
	if !stop() {
		return 0, ctx.Err()
	}
	return b.move()
}

// prepare waits until the other one has all that it needs but the streams.
func (b *bequest) prepare(further []upgrade.Listening) error {
	m, err := b.hear()
	switch {
	case err != nil:
		return err
	case m.Hello == nil:
		return errOrder
	case m.Hello.Format != upgrade.Format:
		return errFormat
	}
	offer, fds := b.p.offer(b.doors, further)
	if err := errors.Join(b.to.Send(&upgrade.Message{Offer: offer}, fds...), b.to.Flush()); err != nil {
		return err
	}
	if m, err = b.hear(); err == nil && m.Prepared == nil {
		err = errOrder
	}
	return err
}

// hear is the other one's next word.
func (b *bequest) hear() (*upgrade.Message, error) {
	m, _, err := b.to.Recv()
	if err == nil && m.Failed != nil {
		return nil, errors.New(m.Failed.Reason)
	}
	return m, err
}

// offer lists the listening sockets, and notes which door has which place.
func (p *Proxy) offer(places map[*session.Listener]int, further []upgrade.Listening) (*upgrade.Offer, []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, fds := new(upgrade.Offer), []int(nil)
	for _, d := range p.doors {
		places[d.lis] = len(o.Sockets)
		own := d.listen.Sockets()
		fds = append(fds, own...)
		o.Sockets = append(o.Sockets, upgrade.Socket{Kind: upgrade.ForComponents, Addr: d.socket.addr.String(), FDs: len(own)})
	}
	for _, l := range further {
		fds = append(fds, l.FD)
		o.Sockets = append(o.Sockets, upgrade.Socket{Kind: l.Kind, Addr: l.Addr, FDs: 1})
	}
	return o, fds
}

// move holds everything still, gives it, and waits for the other one's word.
func (b *bequest) move() (pause time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), restTimeout)
	defer cancel()
	defer unhurried()()
	b.began = time.Now()
	f, err := b.p.engine.Freeze(ctx)
	if err != nil {
		return 0, err
	}
	if err := b.to.Deadline(time.Now().Add(takeTimeout)); err != nil {
		f.Thaw()
		return 0, err
	}
	if err = b.give(f); err == nil {
		err = b.taken()
	}
	if err != nil && b.refuse() {
		b.takeBack()
		f.Thaw()
		return 0, err
	}
	pause = time.Since(b.began)
	b.letGo(f)
	f.Thaw()
	close(b.p.handed)
	return pause, nil
}

// taken waits for the word that the other one goes on with everything.
func (b *bequest) taken() error {
	m, err := b.hear()
	if err == nil && m.Taken == nil {
		err = errOrder
	}
	return err
}

// refuse waits no longer. It is false if the word had come after all.
func (b *bequest) refuse() bool {
	if err := b.to.Refuse(); err != nil {
		b.p.log.Error("upgrade: the pipe cannot be shut", "err", err)
	}
	for {
		m, _, err := b.to.Recv()
		if err != nil {
			return true
		}
		if m.Taken != nil {
			return false
		}
	}
}

// give sends a copy of everything.
func (b *bequest) give(f *engine.Frozen) error {
	var all []*engine.Conn
	b.p.engine.Conns(func(c *engine.Conn) { all = append(all, c) })
	for _, c := range all {
		if err := b.giveStream(f, c); err != nil {
			return err
		}
	}
	b.counts = b.p.counted()
	rest := &upgrade.Rest{
		LastConn: b.p.engine.LastID(), LastInstance: b.p.hub.LastInstance(),
		Names: b.p.hub.Table.Entries(), Upstream: b.p.upstreams.States(), Counts: b.counts, Suspects: b.suspects(),
	}
	return b.to.Say(&upgrade.Message{Rest: rest})
}

// suspects are those whose wrong proofs are remembered, or who are locked out.
func (b *bequest) suspects() map[int][]guard.State {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	all, now := map[int][]guard.State{}, driver.Now()
	for _, d := range b.p.doors {
		if at, ok := b.doors[d.lis]; ok {
			if known := d.guard.States(now); known != nil {
				all[at] = known
			}
		}
	}
	return all
}

// giveStream sends a copy of one connection, unless it is to end here.
func (b *bequest) giveStream(f *engine.Frozen, c *engine.Conn) error {
	st, ok := f.State(c)
	if !ok {
		return nil
	}
	s := &upgrade.Stream{Door: upgrade.NoDoor, Conn: st}
	m := moved{conn: c, tunnel: -1}
	switch h := c.Handler().(type) {
	case *session.Session:
		own, ok := h.State()
		if !ok {
			return nil
		}
		if at, ok := b.doors[h.Listener()]; ok {
			s.Door = at
		}
		s.Session, m.depart = &own, h.Depart
	case *preface.Stage:
		door, ok := h.For.(*door)
		if !ok {
			return nil
		}
		if at, ok := b.doors[door.lis]; ok {
			s.Door = at
		}
		got, left := h.State()
		s.Preface, m.depart = &upgrade.Preface{Got: got, Left: left}, h.Depart
	default:
		return nil // it negotiates TLS: see late
	}
	if c.TLS() == nil {
		b.moved = append(b.moved, m)
		return b.to.Send(&upgrade.Message{Stream: s}, f.FD(c))
	}
	return b.giveTunnel(s, m)
}

// giveTunnel sends a copy of a stream whose TLS stays here, with the end of a
// tunnel to it.
func (b *bequest) giveTunnel(s *upgrade.Stream, m moved) error {
	ours, theirs, err := tunnelPair()
	if err != nil {
		return err
	}
	m.tunnel = ours
	b.moved = append(b.moved, m)
	s.Tunnel, s.Conn.Remote = true, m.conn.RemoteAddr()
	err = errors.Join(b.to.Send(&upgrade.Message{Stream: s}, theirs), b.to.Flush())
	_ = unix.Close(theirs)
	return err
}

// tunnelPair is a connected pair of sockets that keep little: what is in them when a
// connection breaks is lost, as in the kernel's buffers of any.
func tunnelPair() (ours, theirs int, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, 0, fmt.Errorf("socketpair: %w", err)
	}
	for _, fd := range fds {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, tunnelBytes) // else it keeps more
	}
	return fds[0], fds[1], nil
}

// takeBack forgets what was given in vain.
func (b *bequest) takeBack() {
	for _, m := range b.moved {
		if m.tunnel >= 0 {
			_ = unix.Close(m.tunnel)
		}
	}
}

// letGo lets go of what is another one's now.
func (b *bequest) letGo(f *engine.Frozen) {
	p := b.p
	p.upstreams.Abandon()
	p.hub.SetHeir(b.homeless)
	for _, m := range b.moved {
		m.depart()
		if m.tunnel < 0 {
			f.Part(m.conn)
			continue
		}
		near, far := newTunnel()
		near.conn = m.conn
		m.conn.Loop().Adopt(m.tunnel, far.start)
		f.Keep(m.conn, near)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.doors {
		f.Deafen(d.listen)
		d.listen = nil
	}
	p.doors = nil
	p.after.Store(b)
}

// start gives the far end its connection.
func (t *tunnel) start(c *engine.Conn) engine.Handler {
	t.conn = c
	c.BePatient()
	return t
}
