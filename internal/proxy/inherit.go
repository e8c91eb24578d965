// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/acl"
	"weir/internal/config"
	"weir/internal/session"
	"weir/internal/upgrade"
	"weir/internal/upstream"
	"weir/table"
	"weir/xmlscan"
)

// heir is an upgrade in place as the new process sees it, until Begin: its loops
// stand still, and it touches nothing that it was given.
type heir struct {
	p      *Proxy
	from   *upgrade.Pipe
	f      *engine.Frozen
	doors  []*door // by their places in the offer; nil: not one of ours
	gone   *door   // of the streams of listeners that are no more
	files  map[string]*os.File
	rejoin []func()
	bySelf map[uint64]*table.Instance
	links  map[uint32]link
	guests []*engine.Conn // whose TLS is the old process's
	strays []*engine.Conn // of listeners that are no more
	hurry  func()         // has the collector work as always
}

// link is a connection to a server that waits for its name.
type link struct {
	fd int
	st *upgrade.Stream
}

// Inherit is New for a weir that takes the place of another one, at the other end of
// the pipe: it has everything when it returns. It serves from Begin on, until which
// the other one may still go on instead.
func Inherit(c *config.Config, log *slog.Logger, version string, from *upgrade.Pipe) (*Proxy, error) {
	if err := from.Say(&upgrade.Message{Hello: &upgrade.Hello{Format: upgrade.Format, Version: version}}); err != nil {
		return nil, err
	}
	p, err := build(c, log, version)
	if err != nil {
		return nil, err
	}
	if p.hub.Clustered() {
		return p, errJoins
	}
	h := &heir{p: p, from: from, files: map[string]*os.File{}, bySelf: map[uint64]*table.Instance{}, links: map[uint32]link{}}
	p.heir = h
	h.hurry = unhurried()
	if h.f, err = p.engine.Freeze(context.Background()); err == nil {
		err = h.take(c)
	}
	return p, err
}

// take takes in all that is said before Taken.
func (h *heir) take(c *config.Config) error {
	m, fds, err := h.from.Recv()
	if err != nil {
		return err
	}
	if m.Offer == nil {
		return errUnexpected
	}
	if err := h.openDoors(c, m.Offer.Sockets, fds); err != nil {
		return err
	}
	if err := h.from.Say(&upgrade.Message{Prepared: &upgrade.Prepared{}}); err != nil {
		return err
	}
	for {
		m, fds, err := h.from.Recv()
		switch {
		case err != nil:
			return err
		case m.Stream != nil && len(fds) == 1:
			err = h.stream(m.Stream, fds[0])
		case m.Rest != nil:
			return h.rest(m.Rest)
		default:
			err = errUnexpected
		}
		if err != nil {
			return err
		}
	}
}

// errJoins: nobody has claimed the names of streams that were there before.
var errJoins = errors.New("a weir that joins a cluster cannot take streams over: restart it")

var errUnexpected = errors.New("the old weir does not say what was expected")

// openDoors makes the configuration's listeners, on the sockets that are there for
// them.
func (h *heir) openDoors(c *config.Config, offered []upgrade.Socket, fds []int) error {
	h.doors = make([]*door, len(offered))
	sockets := make([][]int, len(offered))
	for i, s := range offered {
		if s.FDs < 0 || s.FDs > len(fds) {
			return upgrade.ErrDescriptors
		}
		sockets[i], fds = fds[:s.FDs], fds[s.FDs:]
		if s.Kind != upgrade.ForComponents {
			h.files[s.Kind+s.Addr] = os.NewFile(uintptr(sockets[i][0]), s.Addr)
			sockets[i] = nil
		}
	}
	for i := range c.Listeners {
		d, addr := h.p.newDoor(c, &c.Listeners[i]), c.Listeners[i].Addr.String()
		var own []int
		for at, s := range offered {
			if h.doors[at] == nil && s.Kind == upgrade.ForComponents && s.Addr == addr {
				h.doors[at], own, sockets[at] = d, sockets[at], nil
				break
			}
		}
		if err := h.p.openFrozen(h.f, d, socketOf(&c.Listeners[i]), own); err != nil {
			return err
		}
		h.p.doors = append(h.p.doors, d)
	}
	for _, left := range sockets {
		for _, fd := range left {
			_ = unix.Close(fd) // the old one has it still
		}
	}
	return nil
}

// openFrozen is open for frozen loops, on sockets that listen already, if any.
func (p *Proxy) openFrozen(f *engine.Frozen, d *door, s socket, fds []int) (err error) {
	if d.listen, err = f.Listen(p.listenConfig(d, s), fds); err != nil {
		return fmt.Errorf("listening on %s: %w", d.name, err)
	}
	d.socket = s
	return nil
}

// loop is where something goes on that was on a loop of the old one's.
func (h *heir) loop(id int) *engine.Loop {
	all := h.p.engine.Loops()
	return all[max(id, 0)%len(all)]
}

// stream takes in one connection.
func (h *heir) stream(s *upgrade.Stream, fd int) (err error) {
	if s.Session != nil && s.Session.Link {
		h.links[s.Conn.ID] = link{fd, s}
		return nil
	}
	d := h.door(s.Door)
	if d == nil {
		if s.Session == nil {
			_ = unix.Close(fd) // it has no stream, and nobody to begin one with
			return nil
		}
		d = h.strayDoor()
	}
	h.f.Inherit(h.loop(s.Conn.Loop), fd, &s.Conn, d.limit, func(c *engine.Conn) engine.Handler {
		if s.Session == nil {
			e := d.entrance.Load()
			stage := h.p.introduce(c, d, e)
			stage.Resume(s.Preface.Got, s.Preface.Left)
			return stage
		}
		own, rerr := h.p.hub.Restore(c, d.lis, s.Session)
		if rerr != nil {
			err = rerr
			return nil
		}
		h.settle(c, d, own, s)
		return own
	})
	return err
}

func (h *heir) door(at int) *door {
	if at < 0 || at >= len(h.doors) {
		return nil
	}
	return h.doors[at]
}

// settle notes what a restored session is to others.
func (h *heir) settle(c *engine.Conn, d *door, own *session.Session, s *upgrade.Stream) {
	if leave := d.guard.Inherit(c.RemoteAddr().Addr(), driver.Now()); leave != nil {
		c.OnLeave(leave)
	}
	if inst := own.Instance(); inst != nil {
		h.bySelf[inst.ID] = inst
	}
	switch {
	case d == h.gone:
		h.strays = append(h.strays, c)
	case s.Tunnel:
		h.guests = append(h.guests, c)
	}
	h.rejoin = append(h.rejoin, func() { own.Rejoin(h.f, s.Session) })
}

// strayDoor is that of streams whose listener is no more: they are ended at once,
// and nobody may send to them meanwhile, since nothing says who may.
func (h *heir) strayDoor() *door {
	if h.gone != nil {
		return h.gone
	}
	h.gone = h.p.newDoor(h.p.cfg, &config.Listener{Name: "a listener that is gone"})
	h.gone.lis.Set(&session.Settings{
		Name: h.gone.name, StateTimeout: time.Second, Access: acl.None(), CheckFrom: true, Limits: xmlscan.Limits{},
	})
	return h.gone
}

// rest takes in what belongs to no stream.
func (h *heir) rest(r *upgrade.Rest) error {
	p := h.p
	p.engine.SetLastID(r.LastConn)
	p.hub.SetLastInstance(r.LastInstance)
	var failed error
	homeless := p.upstreams.Restore(r.Upstream, upstream.Heritage{
		Loop: h.loop,
		Session: func(conn uint32, l *engine.Loop, srv *session.Server, owner session.Owner) *session.Session {
			s, err := h.link(conn, l, srv, owner)
			failed = errors.Join(failed, err)
			return s
		},
	})
	if failed != nil {
		return failed
	}
	lo := p.locals[0]
	var unsent []engine.Unit // to servers that are no more
	for _, k := range h.links {
		unsent = append(unsent, k.st.Conn.Units...)
		_ = unix.Close(k.fd)
	}
	p.hub.Table.Restore(r.Names, func(id uint64) *table.Instance { return h.bySelf[id] })
	for _, f := range h.rejoin {
		f()
	}
	for at, known := range r.Suspects {
		if d := h.door(at); d != nil {
			d.guard.Restore(known, driver.Now())
		}
	}
	credit(lo.Loop(), &r.Counts)
	lo.Loop().Post(func() {
		lo.ServerTimeout(homeless)
		for _, u := range unsent {
			lo.Lost(u.Bytes, u.Src)
		}
	})
	return nil
}

// link makes the session of a link that goes on; nil without one.
func (h *heir) link(conn uint32, l *engine.Loop, srv *session.Server, owner session.Owner) (s *session.Session, err error) {
	k, ok := h.links[conn]
	if !ok {
		return nil, nil
	}
	delete(h.links, conn)
	h.f.Inherit(l, k.fd, &k.st.Conn, nil, func(c *engine.Conn) engine.Handler {
		if s, err = h.p.hub.RestoreLink(c, srv, k.st.Session, owner); err != nil {
			return nil
		}
		h.rejoin = append(h.rejoin, func() { s.Rejoin(h.f, k.st.Session) })
		if k.st.Tunnel {
			h.guests = append(h.guests, c) // and opened anew when it has ended
		}
		return s
	})
	return s, err
}

// Socket is the listening socket that the old weir had for a purpose; nil without
// one. It is the caller's.
func (p *Proxy) Socket(kind, addr string) *os.File {
	if p.heir == nil {
		return nil
	}
	f := p.heir.files[kind+addr]
	delete(p.heir.files, kind+addr)
	return f
}

// Begin has a weir that has inherited everything go on with it. After an error the
// old one goes on instead, and this one must leave without touching anything.
func (p *Proxy) Begin() error {
	h := p.heir
	if h == nil {
		return nil
	}
	if err := h.from.Say(&upgrade.Message{Taken: &upgrade.Taken{}}); err != nil {
		return err
	}
	p.heir = nil
	for _, f := range h.files {
		_ = f.Close()
	}
	h.f.Thaw()
	h.hurry()
	p.upstreams.Begin()
	p.sendAway(h.strays, 0)
	p.sendAway(h.guests, p.cfg.Engine.DrainWindow)
	go h.listen()
	return nil
}

// sendAway says goodbye to streams, evenly over a window.
func (p *Proxy) sendAway(all []*engine.Conn, window time.Duration) {
	byLoop := map[*engine.Loop][]*engine.Conn{}
	for _, c := range all {
		byLoop[c.Loop()] = append(byLoop[c.Loop()], c)
	}
	for l, conns := range byLoop {
		l.Post(func() { spread(l, conns, window) })
	}
}

// listen hears what the old weir has to say until it has ended.
func (h *heir) listen() {
	defer h.from.Close()
	for {
		m, fds, err := h.from.Recv()
		switch {
		case err != nil:
			return
		case m.Stream != nil && len(fds) == 1:
			h.late(m.Stream, fds[0])
		case m.Homeless != nil:
			lo, u := h.p.locals[0], m.Homeless
			lo.Loop().Post(func() { lo.Return(u.Raw, u.Src, u.Why) })
		case m.Counts != nil:
			l := h.p.engine.Loops()[0]
			l.Post(func() { credit(l, m.Counts) })
		}
	}
}

// late takes in a stream that begins: its TLS had not been negotiated when the others
// came.
func (h *heir) late(s *upgrade.Stream, fd int) {
	d := h.door(s.Door)
	if d == nil || s.Session == nil {
		_ = unix.Close(fd)
		return
	}
	l := h.loop(int(s.Conn.ID))
	l.Post(func() {
		l.Adopt(fd, func(c *engine.Conn) engine.Handler {
			c.SetRemoteAddr(s.Conn.Remote)
			if leave := d.guard.Inherit(c.RemoteAddr().Addr(), driver.Now()); leave != nil {
				c.OnLeave(leave)
			}
			own, err := h.p.hub.Restore(c, d.lis, s.Session)
			if err != nil { // the same program could read it a moment ago
				panic("proxy: a stream that follows cannot be restored: " + err.Error())
			}
			own.Rejoin(nil, s.Session)
			spread(l, []*engine.Conn{c}, h.p.cfg.Engine.DrainWindow)
			return own
		})
	})
}
