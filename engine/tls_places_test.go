// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"crypto/tls"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/engine/epoll"
)

// crowd are connections that have each sent a whole hello, and no more.
func crowd(t *testing.T, s *secured, n int) []*user {
	t.Helper()
	hello := clientHello(t)
	var all []*user
	for range n {
		u := s.connect(t, s.loops[0], new(user))
		u.send(t, hello)
		all = append(all, u)
	}
	return all
}

// Those who say no more lose their places to those who come, once they have
// been silent for long enough; not before.
func TestTLSSilentOnesLoseTheirPlaces(t *testing.T) {
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	b := &s.sec.Handshakes.bounds
	b.startedFrom, b.grace = 8, time.Hour
	crowd(t, s, 8)
	eventually(t, "all are begun", func() bool { return s.sec.Handshakes.Count().Started == 8 })
	late := s.connect(t, s.loops[1], new(user))
	done := make(chan error, 1)
	go func() { done <- tls.Client(late.peer, clientConfig(tls.VersionTLS13)).Handshake() }()
	eventually(t, "one more waits", func() bool { return s.sec.Handshakes.Count().Queued == 1 })
	s.sec.Handshakes.mu.Lock()
	b.grace = 0
	s.sec.Handshakes.mu.Unlock()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	late.conn(t)
	if n := s.sec.Handshakes.Count(); n.Evicted != 1 || n.Started != 7 || n.Queued != 0 || n.Made != 1 {
		t.Errorf("%+v", n)
	}
	eventually(t, "it is told", func() bool { return len(s.why()) == 1 })
	if why := s.why()[0]; !strings.Contains(why.Error(), ErrHandshakeSlow.Error()) {
		t.Errorf("refused for %v", why)
	}
}

// With no place to wait in, who comes is refused at once.
func TestTLSTooManyWait(t *testing.T) {
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	b := &s.sec.Handshakes.bounds
	b.started, b.queuedFrom, b.grace = 2, 3, time.Hour
	crowd(t, s, 5)
	eventually(t, "all have their places", func() bool { n := s.sec.Handshakes.Count(); return n.Started == 2 && n.Queued == 3 })
	u := crowd(t, s, 1)[0]
	if _, err := u.peer.Read(make([]byte, 1)); err == nil {
		t.Error("something is read")
	}
	if n := s.sec.Handshakes.Count(); n.Full != 1 || n.Queued != 3 {
		t.Errorf("%+v", n)
	}
}

// Networks take turns: one with a crowd does not come first because it was there
// first.
func TestTLSNetworksTakeTurns(t *testing.T) {
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	a := s.sec.Handshakes
	a.bounds.first = 0 // nobody begins yet
	fd, _ := tcpPair(t)
	var order []string
	on(t, s.loops[0], func() {
		s.loops[0].Adopt(fd, func(c *Conn) Handler {
			for _, from := range []string{"192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"} {
				h := begin(&layer{c: c}, &s.sec, nil)
				h.place.from = network(netip.MustParseAddr(from))
				h.steps.done = func() {}
				h.steps.ended, h.steps.resume = true, func() (struct{}, bool) { order = append(order, from); return struct{}{}, false }
				if err := a.enter(&h.place); err != nil {
					t.Error(err)
				}
			}
			return new(user)
		})
	})
	a.mu.Lock()
	a.bounds.first = 100
	a.pump()
	a.mu.Unlock()
	done := make(chan struct{})
	if err := a.pool.Lane().Do(func() { close(done) }); err != nil {
		t.Fatal(err)
	}
	<-done
	want := "192.0.2.1 192.0.2.2 2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.1"
	if got := strings.Join(order, " "); got != want {
		t.Errorf("in the order %s, want %s", got, want)
	}
}

// Every place is given back, however a handshake ends, and so is its stack.
func TestTLSPlacesAreGivenBack(t *testing.T) {
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	exchange(t, s.connect(t, s.loops[0], echo()).client(t, tls.VersionTLS13), "all of the engine runs")
	before := runtime.NumGoroutine()
	all := crowd(t, s, 20)
	eventually(t, "all are begun", func() bool { return s.sec.Handshakes.Count().Started == 20 })
	for i, u := range all {
		switch i % 3 {
		case 0:
			u.peer.Close()
		case 1:
			u.send(t, "nonsense, by its look")
		case 2:
			_ = u.peer.CloseWrite()
		}
	}
	eventually(t, "none is left", func() bool { return s.sec.Handshakes.Count().Started == 0 && runtime.NumGoroutine() <= before })
	s.sec.Handshakes.mu.Lock()
	defer s.sec.Handshakes.mu.Unlock()
	if n := len(s.sec.Handshakes.origins); n != 0 || s.sec.Handshakes.first != 0 || s.sec.Handshakes.queue.Len() != 0 {
		t.Errorf("%d networks, %d first steps, %d in the queue", n, s.sec.Handshakes.first, s.sec.Handshakes.queue.Len())
	}
}

// A panic in a handshake ends that one.
func TestTLSPanicInAHandshake(t *testing.T) {
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	var calm atomic.Bool
	s.sec.Config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if !calm.Swap(true) {
			panic("as the test wants it")
		}
		return nil, nil
	}
	u := s.connect(t, s.loops[0], new(user))
	if err := tls.Client(u.peer, clientConfig(tls.VersionTLS13)).Handshake(); err == nil {
		t.Error("the handshake is made")
	}
	exchange(t, s.connect(t, s.loops[0], echo()).client(t, tls.VersionTLS13), "still here")
}

// A peer that has us answer, and reads nothing, is not kept.
func TestTLSAnswersAreBounded(t *testing.T) {
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	u := s.connect(t, s.loops[0], new(user))
	u.client(t, tls.VersionTLS13)
	on(t, s.loops[0], func() {
		w := &u.c.tls.wire
		w.mu.Lock()
		w.out = append(w.out, make([]byte, controlMax+1)...)
		w.mu.Unlock()
		u.c.tls.answer()
	})
	if cause := u.wait(t); cause != CauseStalled {
		t.Errorf("closed: %v", cause)
	}
}

// What a secured connection keeps when it is idle, after it has carried large
// records both ways.
func TestTLSMemory(t *testing.T) {
	const conns, most = 200, 9 << 10
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	raw := make([]*user, conns) // its end alone: the client's TLS is not ours to count
	measure := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	exchange(t, s.connect(t, s.loops[0], echo()).client(t, tls.VersionTLS13), text(recordBytes))
	before := measure()
	for i := range raw {
		u := &user{onData: func(c *Conn, b []byte) { c.Write(c.loop, b) }}
		exchange(t, s.connect(t, s.loops[0], u).client(t, tls.VersionTLS13), text(recordBytes))
		u.mu.Lock()
		u.got = nil
		u.mu.Unlock()
		raw[i] = u
	}
	per := (int64(measure()) - int64(before)) / conns
	t.Logf("%d bytes a connection", per)
	if lending && per > most {
		t.Errorf("%d bytes a connection, at most %d are wanted", per, most)
	}
	runtime.KeepAlive(raw)
}
