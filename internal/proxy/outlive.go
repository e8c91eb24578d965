// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"bytes"
	"context"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/internal/session"
	"weir/internal/upgrade"
)

// letter is a message that waits to be sent, with at most one descriptor.
type letter struct {
	m  *upgrade.Message
	fd int // -1: none; closed when it is sent
}

// letters are what loops have to say to the process that has taken over. Loops do
// not wait for it; there is little, and it ends.
type letters struct {
	mu   sync.Mutex
	list []letter
	wake chan struct{}
}

func (b *bequest) post(m *upgrade.Message, fd int) {
	b.mail.mu.Lock()
	b.mail.list = append(b.mail.list, letter{m, fd})
	b.mail.mu.Unlock()
	select {
	case b.mail.wake <- struct{}{}:
	default:
	}
}

// deliver sends letters until ctx is done and none is left.
func (b *bequest) deliver(ctx context.Context) {
	for {
		b.mail.mu.Lock()
		list := b.mail.list
		b.mail.list = nil
		b.mail.mu.Unlock()
		for _, l := range list {
			b.send(l)
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-b.mail.wake:
		case <-ctx.Done():
			return
		}
	}
}

func (b *bequest) send(l letter) {
	var fds []int
	if l.fd >= 0 {
		fds = []int{l.fd}
		defer unix.Close(l.fd)
	}
	err := b.to.Deadline(time.Now().Add(takeTimeout))
	if err == nil {
		err = b.to.Send(l.m, fds...)
	}
	if err == nil {
		err = b.to.Flush()
	}
	if err != nil {
		b.p.log.Error("upgrade: the new weir is not told any more", "err", err)
	}
}

// homeless is the hub's heir: a stanza that its receiver was not sent here is
// answered there.
func (b *bequest) homeless(raw []byte, src uint32, why uint8) {
	b.post(&upgrade.Message{Homeless: &upgrade.Homeless{Raw: bytes.Clone(raw), Src: src, Why: why}}, -1)
}

// late is for a connection that was still negotiating TLS when the streams went: its
// own follows them.
func (b *bequest) late(c *engine.Conn, s *session.Session) engine.Handler {
	own, _ := s.State()
	s.Depart()
	c.Bite(0)
	ours, theirs, err := tunnelPair()
	if err != nil {
		b.p.log.Error("upgrade: a connection is closed that could not follow", "err", err)
		c.Abort(engine.CauseAborted)
		return s
	}
	st := &upgrade.Stream{Door: b.doors[s.Listener()], Conn: engine.State{Remote: c.RemoteAddr()}, Session: &own, Tunnel: true}
	b.post(&upgrade.Message{Stream: st}, theirs)
	near, far := newTunnel()
	near.conn = c
	c.Loop().Adopt(ours, far.start)
	return near
}

// outlive waits for what could not go: connections that are ending, and those whose
// TLS is ours, which the new process ends over its drain window.
func (p *Proxy) outlive() {
	b := p.after.Load()
	p.log.Info("streams go on in the new weir; this one leaves when the last TLS connection has ended")
	ctx, cancel := context.WithCancel(context.Background())
	var postman sync.WaitGroup
	postman.Go(func() { b.deliver(ctx) })
	for _, l := range p.engine.Loops() {
		l.Post(func() { p.dismissLinks(l) })
	}
	select {
	case <-p.engine.Empty():
	case <-p.abort:
	}
	for _, l := range p.engine.Loops() {
		l.Call(func() {}) // what the last to go had to say is posted by now
	}
	counts := b.p.engineCounts()
	b.post(&upgrade.Message{Counts: less(&counts, &b.counts)}, -1)
	cancel()
	postman.Wait()
	_ = b.to.Close()
}

// engineCounts is counted for loops that go on.
func (p *Proxy) engineCounts() (sum upgrade.Counts) {
	for _, l := range p.engine.Loops() {
		l.Call(func() { addCounts(&sum, &upgrade.Counts{Engine: l.Count, Session: l.Local.(*session.Local).Count}) })
	}
	return sum
}

// dismissLinks ends the links to servers that were not up yet: the new process
// opens its own.
func (p *Proxy) dismissLinks(l *engine.Loop) {
	var links []*session.Session
	p.engine.Conns(func(c *engine.Conn) {
		if s, ok := c.Handler().(*session.Session); ok && c.Loop() == l && s.IsLink() {
			links = append(links, s)
		}
	})
	for _, s := range links {
		s.Shutdown()
	}
}
