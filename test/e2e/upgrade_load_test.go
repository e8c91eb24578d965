// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

const (
	loadWindow  = 500                  // stanzas that a sender may have under way
	loadPace    = 4 * time.Millisecond // between a sender's bursts: what they do matters, and the machine is others' as well
	loadTimeout = 60 * time.Second
)

// load is components that talk in pairs, in bursts, every stanza numbered; and others that come and go.
type load struct {
	t     *testing.T
	addr  string
	stop  atomic.Bool
	peers []*loadPeer
	ran   sync.WaitGroup

	came atomic.Int64 // those that came and left in good order
}

// loadPeer is one component of a pair.
type loadPeer struct {
	load           *load
	conn           net.Conn
	name, other    string
	sent, received atomic.Int64 // received: of what the other sent
	partner        *loadPeer
	longest        time.Duration // without anything received
}

// startTalk has so many pairs talk.
func startTalk(t *testing.T, addr string, pairs int, dial func(name string) net.Conn) *load {
	l := &load{t: t, addr: addr}
	for i := range pairs {
		a := &loadPeer{load: l, name: fmt.Sprintf("a%d.example", i), other: fmt.Sprintf("b%d.example", i)}
		b := &loadPeer{load: l, name: a.other, other: a.name, partner: a}
		a.partner = b
		a.conn, b.conn = dial(a.name), dial(b.name)
		l.peers = append(l.peers, a, b)
	}
	for _, p := range l.peers {
		l.ran.Go(p.send)
		l.ran.Go(p.receive)
	}
	l.ran.Go(l.comeAndGo)
	return l
}

// text is a stanza of its sender; its length depends on its number.
func (p *loadPeer) text(n int64) string {
	return fmt.Sprintf("<message from='u@%s/r' to='%s' id='%d'><body>%s</body></message>", p.name, p.other, n, filler[:n*37%700])
}

var filler = strings.Repeat("0123456789", 70)

// send cuts what it writes anywhere but between stanzas.
func (p *loadPeer) send() {
	var left []byte
	for !p.load.stop.Load() {
		if p.sent.Load()-p.partner.received.Load() > loadWindow {
			time.Sleep(100 * time.Microsecond)
			continue
		}
		for range 20 {
			left = append(left, p.text(p.sent.Add(1))...)
		}
		n := len(left) - 7
		if _, err := p.conn.Write(left[:n]); err != nil {
			p.load.t.Errorf("%s cannot write: %v", p.name, err)
			return
		}
		left = append(left[:0], left[n:]...)
		time.Sleep(loadPace)
	}
	if _, err := p.conn.Write(left); err != nil {
		p.load.t.Errorf("%s cannot write: %v", p.name, err)
	}
}

// receive expects what the partner sends, to the byte, until it has stopped.
func (p *loadPeer) receive() {
	in, last := bufio.NewReaderSize(p.conn, 64<<10), time.Now()
	for {
		if p.load.stop.Load() && p.received.Load() == p.partner.sent.Load() {
			return
		}
		if in.Buffered() == 0 {
			// The end of the other's sending is seen only between reads.
			_ = p.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			if _, err := in.Peek(1); err != nil {
				if os.IsTimeout(err) && time.Since(last) < loadTimeout {
					continue
				}
				p.load.t.Errorf("%s has received %d of %d and reads: %v", p.name, p.received.Load(), p.partner.sent.Load(), err)
				return
			}
		}
		_ = p.conn.SetReadDeadline(time.Now().Add(loadTimeout))
		want := p.partner.text(p.received.Load() + 1)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(in, got); err != nil || string(got) != want {
			p.load.t.Errorf("%s: after %d stanzas: %.200q (%v), not %.200q", p.name, p.received.Load(), got, err, want)
			return
		}
		p.received.Add(1)
		now := time.Now()
		p.longest = max(p.longest, now.Sub(last))
		last = now
	}
}

// comeAndGo connects, logs in and leaves, again and again: nobody may be refused.
func (l *load) comeAndGo() {
	for i := 0; !l.stop.Load(); i++ {
		if err := visit(l.addr, fmt.Sprintf("v%d.example", i)); err != nil {
			l.t.Errorf("visitor %d: %v", i, err)
			return
		}
		l.came.Add(1)
	}
}

func visit(addr, name string) error {
	conn, err := net.DialTimeout("tcp", addr, loadTimeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := logIn(conn, name); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, xmpptest.Trailer); err != nil {
		return err
	}
	rest, err := io.ReadAll(conn)
	if err == nil && string(rest) != xmpptest.Trailer {
		err = fmt.Errorf("the stream ends with %q", rest)
	}
	return err
}

var streamID = regexp.MustCompile(` id='([^']+)'[^>]*>`)

// logIn opens a component's stream on a connection.
func logIn(conn net.Conn, name string) error { return logInWith(conn, name, secret) }

func logInWith(conn net.Conn, name, password string) error {
	_ = conn.SetDeadline(time.Now().Add(loadTimeout))
	if _, err := io.WriteString(conn, xmpptest.Header(name)); err != nil {
		return err
	}
	var got []byte
	read := func(done func() bool) error {
		for b := make([]byte, 1<<10); !done(); {
			n, err := conn.Read(b)
			got = append(got, b[:n]...)
			if err != nil {
				return fmt.Errorf("after %q: %w", got, err)
			}
		}
		return nil
	}
	var id [][]byte
	if err := read(func() bool { id = streamID.FindSubmatch(got); return id != nil }); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "<handshake>"+xmpptest.Digest(string(id[1]), password)+"</handshake>"); err != nil {
		return err
	}
	err := read(func() bool { return bytes.HasSuffix(got, []byte("<handshake/>")) })
	_ = conn.SetDeadline(time.Time{})
	return err
}

func (l *load) report() {
	l.t.Helper()
	sent, longest := int64(0), time.Duration(0)
	for _, p := range l.peers {
		sent += p.sent.Load()
		longest = max(longest, p.longest)
	}
	l.t.Logf("%d stanzas, none lost or reordered; the longest wait for one was %v; %d visitors, none refused", sent, longest, l.came.Load())
}

// end stops the load and returns when everything that was sent has come.
func (l *load) end() {
	l.t.Helper()
	l.stop.Store(true)
	l.ran.Wait()
	if !l.t.Failed() {
		l.report()
	}
}

// goesOn waits until every component has received another few hundred stanzas.
func (l *load) goesOn() {
	l.t.Helper()
	before := make([]int64, len(l.peers))
	for i, p := range l.peers {
		before[i] = p.received.Load()
	}
	for i, p := range l.peers {
		waitFor(l.t, "the load to go on", func() bool { return l.t.Failed() || p.received.Load() > before[i]+300 })
	}
}

func dialPlain(t *testing.T, addr string) func(name string) net.Conn {
	return func(name string) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if err := logIn(conn, name); err != nil {
			t.Fatal(err)
		}
		return conn
	}
}

// TestUpgradeUnderLoad: not a stanza is lost, changed or reordered, no stream dropped, nobody refused, three times in a row.
func TestUpgradeUnderLoad(t *testing.T) {
	for _, keys := range []string{"driver = \"epoll\"", "driver = \"io_uring\"", "loops = 1"} {
		t.Run(keys, func(t *testing.T) {
			w := xmpptest.StartWeir(t, "[engine]\n"+keys+"\n"+listener+"reuse_port = true\n")
			l := startTalk(t, w.Addr(), 8, dialPlain(t, w.Addr()))
			for range 3 {
				l.goesOn()
				u := w.Upgrade()
				t.Logf("streams stood still for %v", u.Pause)
				if u.Pause > 2*time.Second {
					t.Errorf("streams stood still for %v", u.Pause)
				}
			}
			l.goesOn()
			l.end()
		})
	}
}

// TestUpgradeChangesTheDriver: the new process need not be as the old one was.
func TestUpgradeChangesTheDriver(t *testing.T) {
	config := func(driver string, loops int) string {
		return fmt.Sprintf("[engine]\ndriver = %q\nloops = %d\n", driver, loops) + listener + "reuse_port = true\n"
	}
	w := xmpptest.StartWeir(t, config("io_uring", 2))
	l := startTalk(t, w.Addr(), 4, dialPlain(t, w.Addr()))
	for i, driver := range []string{"epoll", "io_uring", "epoll"} {
		l.goesOn()
		w.WriteConfig(config(driver, 3-i))
		w.Upgrade()
	}
	l.goesOn()
	l.end()
}

// TestUpgradeOfManyStreams: ten thousand components that are mostly idle go along, standing still for less than 200 ms, and
// stanzas reach each of them afterwards.
func TestUpgradeOfManyStreams(t *testing.T) {
	needHeavy(t)
	const connections = 10_000
	a := administer(t, listener+"max_connections = \"infinity\"\nbacklog = 4096\n")
	wait := startLoad(t, a.Weir, "idle", "-n", fmt.Sprint(connections), "-duration", "15s")
	waitFor(t, "all to be there", func() bool { return strings.Contains(a.run("status"), fmt.Sprintf("%d streams", connections)) })
	var pauses []time.Duration
	for range 5 {
		pauses = append(pauses, a.Upgrade().Pause)
	}
	t.Logf("%d streams stood still for %v, the median of %v", connections, median(pauses), pauses)
	if got := median(pauses); got > 200*time.Millisecond {
		t.Errorf("streams stood still for %v", got)
	}
	if r := wait(); r.Idle.Connections != connections {
		t.Errorf("%d connections are left of %d", r.Idle.Connections, connections)
	}
}
