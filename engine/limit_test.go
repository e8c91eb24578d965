// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/drivertest"
	"weir/engine/epoll"
)

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

// callers are peers that wait for a greeting.
type callers struct {
	t     *testing.T
	addr  string
	told  chan *net.TCPConn
	here  []*net.TCPConn
	total int
}

func (p *callers) dial(n int) {
	p.t.Helper()
	for range n {
		c, err := net.Dial("tcp4", p.addr)
		if err != nil {
			p.t.Fatal(err)
		}
		p.t.Cleanup(func() { c.Close() })
		_ = c.SetDeadline(time.Now().Add(2 * patience))
		p.total++
		go func() {
			if n, _ := c.Read(make([]byte, 2)); n > 0 {
				p.told <- c.(*net.TCPConn)
			}
		}()
	}
}

// greeted waits for n of them to be accepted.
func (p *callers) greeted(n int) {
	p.t.Helper()
	for range n {
		select {
		case c := <-p.told:
			p.here = append(p.here, c)
		case <-time.After(patience):
			p.t.Fatalf("%d callers are let in", len(p.here))
		}
	}
}

// leave has n of those who are in go.
func (p *callers) leave(n int) {
	for _, c := range p.here[:n] {
		c.Close()
	}
	p.here = p.here[n:]
}

// greeter is a handler that greets, and leaves when its peer does.
func greeter(l *Limit, most *atomic.Int32) func(*Conn) Handler {
	return func(c *Conn) Handler {
		n := int32(0)
		c.loop.eng.Conns(func(*Conn) { n++ })
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		u := &user{c: c, closed: make(chan struct{}), onEnd: func(c *Conn, _ bool) { c.Finish(nil, CausePeer) }}
		c.Write(c.loop, []byte("hi"))
		return u
	}
}

// The limit is exact over several sockets and loops; who finds no place waits.
func TestLimit(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		t.Run("one socket", func(t *testing.T) { limit(t, open, false) })
		t.Run("a socket each", func(t *testing.T) { limit(t, open, true) })
	})
}

func limit(t *testing.T, open drivertest.Open, reusePort bool) {
	e := newEngine(t, open, Config{Loops: 3})
	m := NewLimit(5)
	var most atomic.Int32
	ls, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 64, ReusePort: reusePort, Limit: m, Accept: greeter(m, &most)})
	if err != nil {
		t.Fatal(err)
	}
	p := &callers{t: t, addr: ls.Addr().String(), told: make(chan *net.TCPConn, 64)}
	nobodyElse := func(taken int) {
		t.Helper()
		for range 5 {
			for _, l := range e.loops {
				on(t, l, func() {})
			}
		}
		if n := m.Taken(); n != taken || len(p.told) != 0 {
			t.Errorf("%d places are taken, not %d; %d more were let in", n, taken, len(p.told))
		}
	}
	p.dial(20)
	p.greeted(5)
	nobodyElse(5)
	p.leave(2)
	p.greeted(2)
	nobodyElse(5)
	m.Set(8)
	p.greeted(3)
	nobodyElse(8)
	m.Set(2)
	nobodyElse(8)
	p.leave(6)
	eventually(t, "they have left", func() bool { return m.Taken() == 2 })
	nobodyElse(2)
	p.leave(1)
	p.greeted(1)
	nobodyElse(2)
	if n := most.Load(); n != 8 {
		t.Errorf("there were %d at once, the limit was 8", n)
	}
	m.Set(0)
	p.greeted(20 - 11)
	p.leave(len(p.here))
	eventually(t, "all have left", func() bool { return m.Taken() == 0 })
	ls.Close()
	if _, err := net.Dial("tcp4", p.addr); err == nil {
		t.Error("a closed listener lets in")
	}
}

// Without descriptors left, those who call wait, and are let in when there are
// some again.
func TestAcceptRunsOutOfDescriptors(t *testing.T) {
	if os.Getenv(helper) != "" {
		fewDescriptors(t)
		return
	}
	cmd := again(t, "few")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	port := 0
	for port == 0 && lines.Scan() {
		port, _ = strconv.Atoi(strings.TrimPrefix(lines.Text(), "port "))
	}
	p := &callers{t: t, addr: fmt.Sprintf("127.0.0.1:%d", port), told: make(chan *net.TCPConn, 64)}
	p.dial(20)
	let := 0
	for let < 20 {
		p.greeted(1) // while others wait
		let++
		if let >= 4 {
			p.leave(1)
		}
	}
	p.leave(len(p.here))
	in.Close()
	rest := ""
	for lines.Scan() {
		rest += lines.Text() + "\n"
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, rest)
	}
	errs, _, _ := strings.Cut(rest, "\n")
	if n, _ := strconv.Atoi(strings.TrimPrefix(errs, "errors ")); n == 0 || n > 1000 {
		t.Errorf("%s accepts have failed", errs)
	}
}

// fewDescriptors is the other process: it has room for a few connections.
func fewDescriptors(t *testing.T) {
	e := newEngine(t, epoll.New, Config{Loops: 1})
	var most atomic.Int32
	ls, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 64, Accept: greeter(nil, &most)})
	if err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, d := range names {
		n, _ := strconv.Atoi(d.Name())
		last = max(last, n)
	}
	for n := 0; n < last; { // fill the holes below
		if n, err = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
	}
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		t.Fatal(err)
	}
	lim.Cur = uint64(last) + 6
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("port %d\n", ls.Addr().Port())
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent has seen enough
	on(t, e.loops[0], func() { fmt.Printf("errors %d\n", e.loops[0].Count.AcceptErrors) })
}
