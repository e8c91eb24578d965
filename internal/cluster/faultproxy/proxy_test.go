// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"io"
	"net"
	"testing"
	"time"
)

const patience = 30 * time.Second

// echo starts a proxy in front of a server that sends back what it gets.
func echo(t *testing.T) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	p, err := New(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func dial(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// refused tells whether a new connection comes to nothing: at once, or when it is used. Its reset may come before it has
// been seen to stand.
func refused(t *testing.T, p *Proxy) bool {
	t.Helper()
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		return true
	}
	defer c.Close()
	return !say(c, patience)
}

// say sends a byte and waits for it; false if nothing comes back for a while.
func say(c net.Conn, wait time.Duration) bool {
	c.SetDeadline(time.Now().Add(wait))
	if _, err := c.Write([]byte("x")); err != nil {
		return false
	}
	_, err := c.Read(make([]byte, 1))
	return err == nil
}

func TestProxy(t *testing.T) {
	p := echo(t)
	c := dial(t, p)
	if !say(c, patience) || p.Conns() != 1 {
		t.Fatalf("nothing goes through; %d connections", p.Conns())
	}
	for _, d := range []Direction{Forth, Back} {
		p.Silence(d)
		if say(c, 300*time.Millisecond) {
			t.Errorf("direction %d silent: an answer came", d)
		}
		p.Heal()
		c.SetDeadline(time.Now().Add(patience))
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Errorf("direction %d healed: what had waited is gone: %v", d, err)
		}
	}
	p.Slow(200*time.Millisecond, 0)
	if begin := time.Now(); !say(c, patience) || time.Since(begin) < 400*time.Millisecond {
		t.Errorf("there and back took %s: 200 ms each way", time.Since(begin))
	}
	p.Heal()
	p.Cut()
	if say(c, patience) || !refused(t, p) {
		t.Error("cut: an answer came")
	}
	p.Heal()
	if say(c, patience) || !say(dial(t, p), patience) {
		t.Error("healed: only a new connection works")
	}
	p.Close()
	if n := p.Conns(); n != 0 {
		t.Errorf("%d connections left", n)
	}
}

func TestRate(t *testing.T) {
	p := echo(t)
	p.Slow(0, 100_000)
	c := dial(t, p)
	go c.Write(make([]byte, 50_000))
	begin := time.Now()
	c.SetDeadline(begin.Add(patience))
	if _, err := io.ReadFull(c, make([]byte, 50_000)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 450*time.Millisecond {
		t.Errorf("50 kB at 100 kB/s took %s", took)
	}
}
