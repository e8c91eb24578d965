// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// flood is a component that sends as fast as it is let, in the background, until its connection is closed.
type flood struct {
	stanzas atomic.Int64 // wholly sent
	ended   chan struct{}
}

// startFlood sends what next makes of the stanzas' numbers, most of them at most (0: no end). The peer sends nothing else.
func startFlood(p *xmpptest.Peer, most int, next func(i int) string) *flood {
	f := &flood{ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		for i := 0; most == 0 || i < most; i++ {
			if p.TrySend(next(i)) != nil {
				return
			}
			f.stanzas.Add(1)
		}
	}()
	return f
}

// waitStill waits until nothing has been taken of the flood for a while, which weir is not to do anything about meanwhile.
func (f *flood) waitStill(t *testing.T, d time.Duration) {
	t.Helper()
	last, since := f.stanzas.Load(), time.Now()
	waitFor(t, "a flood to be stopped", func() bool {
		if n := f.stanzas.Load(); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > d
	})
}

// blocking is a component that does one thing at a time: it reads only when its write has been taken, as many libraries do.
type blocking struct {
	conn     *net.TCPConn
	received []byte
}

// smallBuffer makes a blocking peer block soon. A buffer of next to nothing would measure the kernel's timers instead.
const smallBuffer = 32 << 10

// dialBlocking logs one in.
func dialBlocking(t *testing.T, addr, name string) *blocking {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	b := &blocking{conn: conn.(*net.TCPConn)}
	for _, err := range []error{b.conn.SetReadBuffer(smallBuffer), b.conn.SetWriteBuffer(smallBuffer), b.conn.SetWriteDeadline(time.Now().Add(30 * time.Second))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b.write(t, xmpptest.Header(name))
	id := regexp.MustCompile(` id='([^']+)'>`)
	for id.FindSubmatch(b.received) == nil {
		b.read(t, 1<<10)
	}
	b.write(t, "<handshake>"+xmpptest.Digest(string(id.FindSubmatch(b.received)[1]), secret)+"</handshake>")
	for !bytes.HasSuffix(b.received, []byte("<handshake/>")) {
		b.read(t, 1<<10)
	}
	b.received = nil
	return b
}

func (b *blocking) write(t *testing.T, s string) bool {
	t.Helper()
	_, err := b.conn.Write([]byte(s))
	if err != nil {
		t.Errorf("a blocking write of %d bytes: %v", len(s), err)
	}
	return err == nil
}

// read takes at most n bytes of what has come, and waits a little if that is nothing. It returns false at the end.
func (b *blocking) read(t *testing.T, n int) bool {
	t.Helper()
	if err := b.conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond)); err != nil {
		t.Error(err)
		return false
	}
	at := len(b.received)
	b.received = append(b.received, make([]byte, n)...)
	got, err := b.conn.Read(b.received[at:])
	b.received = b.received[:at+got]
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("a blocking read: %v", err)
	}
	return false
}
