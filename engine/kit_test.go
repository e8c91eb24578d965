// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/drivertest"
	"weir/engine/epoll"
	"weir/engine/uring"
)

// patience is how long anything may take on a busy machine.
const patience = 20 * time.Second

// onEach runs a test on every driver.
func onEach(t *testing.T, test func(*testing.T, drivertest.Open)) {
	t.Run("epoll", func(t *testing.T) { test(t, epoll.New) })
	t.Run("unkind", func(t *testing.T) { test(t, drivertest.UnkindAll(epoll.New)) })
	if _, err := uring.Probe(); err != nil {
		t.Logf("not over io_uring, which this kernel does not offer: %v", err)
		return
	}
	t.Run("io_uring", func(t *testing.T) { test(t, uring.New) })
}

// freeGate lets everything in and counts.
type freeGate struct {
	mu             sync.Mutex
	opened, closed int
	admit          func(src uint32, n, queued int) Verdict
}

func (g *freeGate) new(*Conn) Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened++
	return g
}

func (g *freeGate) Admit(src uint32, n, queued int) Verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.admit == nil {
		return Queued
	}
	return g.admit(src, n, queued)
}

func (g *freeGate) Charge(uint32, int) {}
func (g *freeGate) Pay(uint32, int)    {}

func (g *freeGate) Low() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed++
}

func (g *freeGate) count() (opened, closed int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened, g.closed
}

// newEngine starts an engine that ends with the test. The zero fields of cfg
// get defaults that no test waits for by accident.
func newEngine(t testing.TB, open drivertest.Open, cfg Config) *Engine {
	t.Helper()
	if cfg.Loops == 0 {
		cfg.Loops = 2
	}
	cfg.Drivers = open
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []*time.Duration{&cfg.StallTimeout, &cfg.DrainTimeout, &cfg.LingerTimeout} {
		if *d == 0 {
			*d = time.Hour
		}
	}
	if cfg.LowBytes == 0 {
		cfg.LowBytes = 32 << 10
	}
	if cfg.NewGate == nil {
		cfg.NewGate = new(freeGate).new
	}
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return e
}

// on runs f on a loop and waits for it.
func on(t testing.TB, l *Loop, f func()) {
	t.Helper()
	if !l.Call(f) {
		t.Fatal("the loop has ended")
	}
}

// eventually waits for a condition that some loop brings about.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

// user is a Handler that writes down what it is told. Fields are guarded by mu;
// the functions, set before the connection starts, run without it.
type user struct {
	c    *Conn
	peer *net.TCPConn

	mu      sync.Mutex
	got     []byte
	ends    []bool
	resumed int
	closing []Cause
	cause   Cause
	unsent  []string
	sources []uint32
	closed  chan struct{}

	onStart   func(*Conn)
	onData    func(*Conn, []byte)
	onResumed func(*Conn)
	onEnd     func(*Conn, bool)
	onClosing func(*Conn, Cause)
	onClosed  func(*Conn, *Unsent)
}

func (u *user) Data(b []byte) {
	u.mu.Lock()
	u.got = append(u.got, b...)
	u.mu.Unlock()
	if u.onData != nil {
		u.onData(u.c, b)
	}
}

func (u *user) Resumed() {
	u.mu.Lock()
	u.resumed++
	u.mu.Unlock()
	if u.onResumed != nil {
		u.onResumed(u.c)
	}
}

func (u *user) End(failed bool) {
	u.mu.Lock()
	u.ends = append(u.ends, failed)
	u.mu.Unlock()
	if u.onEnd != nil {
		u.onEnd(u.c, failed)
	}
}

func (u *user) Closing(cause Cause) {
	u.mu.Lock()
	u.closing = append(u.closing, cause)
	u.mu.Unlock()
	if u.onClosing != nil {
		u.onClosing(u.c, cause)
	}
}

func (u *user) Closed(left *Unsent, cause Cause) {
	if u.onClosed != nil {
		u.onClosed(u.c, left)
	}
	u.mu.Lock()
	u.cause = cause
	left.Each(func(b []byte, src uint32) {
		u.unsent = append(u.unsent, string(b))
		u.sources = append(u.sources, src)
	})
	u.mu.Unlock()
	close(u.closed)
}

func (u *user) received() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return string(u.got)
}

// wait returns when the connection is closed.
func (u *user) wait(t testing.TB) Cause {
	t.Helper()
	select {
	case <-u.closed:
	case <-time.After(patience):
		t.Fatal("the connection is not closed")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.cause
}

// connect gives one end of a new TCP connection to a loop; u.peer is the other.
func connect(t testing.TB, l *Loop, u *user) *user {
	t.Helper()
	fd, peer := tcpPair(t)
	u.peer, u.closed = peer, make(chan struct{})
	on(t, l, func() { l.Adopt(fd, u.start) })
	return u
}

func (u *user) start(c *Conn) Handler {
	u.c = c
	if u.onStart != nil {
		u.onStart(c)
	}
	return u
}

// tcpPair makes a connection: a bare, non-blocking descriptor with the small
// buffers that let it be full soon, and its peer.
func tcpPair(t testing.TB) (int, *net.TCPConn) {
	t.Helper()
	lfd, err := listenSocket(netip.MustParseAddrPort("127.0.0.1:0"), 8, false)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(lfd)
	_ = unix.SetsockoptInt(lfd, unix.SOL_SOCKET, unix.SO_SNDBUF, 16<<10)
	// Loopback's segments are larger than these buffers, which would then wait
	// for each other's timers.
	_ = unix.SetsockoptInt(lfd, unix.IPPROTO_TCP, unix.TCP_MAXSEG, 1400)
	peer, err := net.Dial("tcp4", address(unix.Getsockname(lfd)).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close() })
	if err := errors.Join(peer.SetDeadline(time.Now().Add(2*patience)), peer.(*net.TCPConn).SetReadBuffer(16<<10)); err != nil {
		t.Fatal(err)
	}
	fd := -1
	eventually(t, "the connection is accepted", func() bool {
		fd, _, err = accept(lfd)
		return fd >= 0 || err != nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fd, peer.(*net.TCPConn)
}

// send has the peer write.
func (u *user) send(t testing.TB, s string) {
	t.Helper()
	if _, err := u.peer.Write([]byte(s)); err != nil {
		t.Fatalf("the peer cannot write: %v", err)
	}
}

// reads has the peer read exactly want.
func (u *user) reads(t testing.TB, want string) {
	t.Helper()
	b := make([]byte, len(want))
	n, err := io.ReadFull(u.peer, b)
	if err != nil || string(b) != want {
		t.Fatalf("the peer reads %.60q (%v), not %.60q", b[:n], err, want)
	}
}

// rest has the peer read to the end, which must come in good order.
func (u *user) rest(t testing.TB) string {
	t.Helper()
	b, err := io.ReadAll(u.peer)
	if err != nil {
		t.Fatalf("the peer reads %d bytes, then %v", len(b), err)
	}
	return string(b)
}

// unitText is a unit that shows its source, its number and its length.
func unitText(src uint32, n, size int) string {
	b := fmt.Appendf(make([]byte, 0, size+20), "<%d.%d.%d:", src, n, size)
	for i := len(b); i < size-1; i++ {
		b = append(b, byte('a'+(i+n)%26))
	}
	return string(append(b, '>'))
}

// run1 is a run of one unit.
func run1(s string, src uint32) *Run {
	return &Run{Bytes: []byte(s), Ends: []uint32{uint32(len(s))}, Src: src}
}

// runOf is a run of several.
func runOf(src uint32, units ...string) *Run {
	r := &Run{Src: src}
	for _, s := range units {
		r.Bytes = append(r.Bytes, s...)
		r.Ends = append(r.Ends, uint32(len(r.Bytes)))
	}
	return r
}

// block fills a connection whose peer does not read with units of src until it
// is blocked, and returns them.
func (u *user) block(t testing.TB, src uint32, size int) (units []string) {
	t.Helper()
	l := u.c.loop
	for blockedNow := false; !blockedNow; {
		on(t, l, func() {
			for range 32 {
				s := unitText(src, len(units), size)
				units = append(units, s)
				u.c.Append(l, run1(s, src))
			}
			u.c.flush(l)
			u.c.out.mu.Lock()
			blockedNow = u.c.out.state == blocked
			u.c.out.mu.Unlock()
		})
	}
	return units
}

// readAll has the peer read to the end, of whatever kind.
func readAll(u *user) (string, error) {
	b, err := io.ReadAll(u.peer)
	return string(b), err
}

// scan reads a unit's head.
func scan(unit string, src *uint32, i, size *int) int {
	n, _ := fmt.Sscanf(unit, "<%d.%d.%d:", src, i, size)
	return n
}

// free is about how many bytes a socket takes now.
func free(fd int) int {
	size, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF)
	if err != nil {
		return 0
	}
	var p [1]unix.PollFd
	p[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLOUT}
	if n, _ := unix.Poll(p[:], 0); n == 1 && p[0].Revents&unix.POLLOUT != 0 {
		return size / 4
	}
	return 0
}
