// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"

	"weir/engine/drivertest"
	"weir/engine/epoll"
)

// echo sends back what comes.
func echo() *user {
	u := new(user)
	u.onData = func(c *Conn, b []byte) { c.Write(c.loop, b) }
	return u
}

// text is n bytes that show where they belong.
func text(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(unitText(uint32(i), n, 64))
	}
	return b.String()[:n]
}

// onEachVersion runs a test with every driver and every version of TLS.
func onEachVersion(t *testing.T, test func(*testing.T, drivertest.Open, uint16)) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		for name, v := range versions {
			t.Run(name, func(t *testing.T) { test(t, open, v) })
		}
	})
}

func exchange(t *testing.T, c io.ReadWriter, s string) {
	t.Helper()
	wrote := make(chan error, 1)
	go func() {
		_, err := io.WriteString(c, s)
		wrote <- err
	}()
	b := make([]byte, len(s))
	if n, err := io.ReadFull(c, b); err != nil || string(b) != s {
		t.Fatalf("%d of %d bytes came back, %v; the same: %v", n, len(s), err, string(b[:n]) == s[:n])
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
}

func TestTLSCarriesBytesBothWays(t *testing.T) {
	onEachVersion(t, func(t *testing.T, open drivertest.Open, version uint16) {
		s := newSecured(t, open, Config{}, version)
		u := s.connect(t, s.loops[0], echo())
		c := u.client(t, version)
		for _, n := range []int{1, 180, recordBytes, recordBytes + 1, 50 << 10} {
			exchange(t, c, text(n))
		}
		var state *tls.ConnectionState
		on(t, s.loops[0], func() { state = u.c.TLS() })
		if state == nil || state.Version != version {
			t.Errorf("the connection's state is %+v", state)
		}
	})
}

// What comes a byte at a time, in the handshake and after it, is the same.
func TestTLSGoesOnAtAnyByte(t *testing.T) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			s := newSecured(t, epoll.New, Config{}, version)
			u := s.connect(t, s.loops[0], echo())
			c := tls.Client(crumbs{u.peer}, clientConfig(version))
			exchange(t, c, text(700))
			exchange(t, c, text(recordBytes))
		})
	}
}

func TestTLSAsClient(t *testing.T) {
	onEachVersion(t, func(t *testing.T, open drivertest.Open, version uint16) {
		s := newSecured(t, open, Config{}, version)
		s.sec.Config, s.sec.Client = clientConfig(version), true
		u := s.connect(t, s.loops[0], echo())
		c := tls.Server(u.peer, serverConfig(version))
		exchange(t, c, text(40<<10))
	})
}

// A client may say its first words in the same breath as the handshake's last.
func TestTLSFirstWordsComeWithTheHandshake(t *testing.T) {
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	u := s.connect(t, s.loops[0], echo())
	held := &corked{Conn: u.peer}
	c := tls.Client(held, clientConfig(tls.VersionTLS13))
	held.cork = 1 // the hello alone goes at once
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "first words"); err != nil {
		t.Fatal(err)
	}
	held.flush(t)
	eventually(t, "they are heard", func() bool { return u.received() == "first words" })
}

// The end of a side is said, so that nobody can feign it.
func TestTLSSaysItsEnd(t *testing.T) {
	onEachVersion(t, func(t *testing.T, open drivertest.Open, version uint16) {
		s := newSecured(t, open, Config{}, version)
		u := s.connect(t, s.loops[0], echo())
		c := u.client(t, version)
		on(t, s.loops[0], func() { u.c.Finish([]byte("goodbye"), CauseFinished) })
		got, err := io.ReadAll(c) // without a goodbye of TLS it is an unexpected end
		if string(got) != "goodbye" || err != nil {
			t.Fatalf("the client reads %q, %v", got, err)
		}
		u.peer.Close()
		if cause := u.wait(t); cause != CauseFinished {
			t.Errorf("closed: %v", cause)
		}
	})
}

func TestTLSHearsTheEnd(t *testing.T) {
	onEachVersion(t, func(t *testing.T, open drivertest.Open, version uint16) {
		s := newSecured(t, open, Config{}, version)
		u := new(user)
		u.onEnd = func(c *Conn, failed bool) { c.Finish([]byte("heard"), CauseFinished) }
		s.connect(t, s.loops[0], u)
		c := u.client(t, version)
		if _, err := io.WriteString(c, "last"); err != nil {
			t.Fatal(err)
		}
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if string(got) != "heard" || err != nil {
			t.Fatalf("the client reads %q, %v", got, err)
		}
		if cause := u.wait(t); cause != CauseFinished || u.received() != "last" || len(u.ends) != 1 || u.ends[0] {
			t.Errorf("closed: %v, received %q, ends %v", cause, u.received(), u.ends)
		}
	})
}

// A record that was tampered with ends the connection, and its peer is told.
func TestTLSBrokenRecord(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		s := newSecured(t, open, Config{}, tls.VersionTLS13)
		u := s.connect(t, s.loops[0], new(user))
		c := u.client(t, tls.VersionTLS13)
		u.send(t, "\x17\x03\x03\x00\x20"+strings.Repeat("x", 32))
		if _, err := c.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "bad record MAC") {
			t.Errorf("the client reads %v", err)
		}
		if cause := u.wait(t); cause != CausePeer || u.received() != "" || len(u.ends) != 1 || !u.ends[0] {
			t.Errorf("closed: %v, received %q, ends %v", cause, u.received(), u.ends)
		}
	})
}

// What is not TLS is closed without a word that was meant for somebody who
// speaks it.
func TestTLSRefusesWhatIsNotTLS(t *testing.T) {
	for name, in := range map[string]string{
		"a plain stream": "<?xml version='1.0'?>",
		"HTTP":           "GET / HTTP/1.1\r\n\r\n",
		"an alert":       "\x15\x03\x01\x00\x02\x02\x28",
		"SSLv2":          "\x80\x2e\x01\x00\x02",
		"no hello":       "\x16\x03\x01\x00\x04\x02\x00\x00\x00",
		"empty records":  "\x16\x03\x01\x00\x00",
		"a long hello":   "\x16\x03\x01\x40\x00\x01\x00\xff\xff",
		"nonsense":       "\x16\x03\x01\x00\x08\x01\x00\x00\x04\x03\x03\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
			u := s.connect(t, s.loops[0], new(user))
			u.send(t, in)
			got, err := io.ReadAll(u.peer)
			if err != nil && !isReset(err) || len(got) > 7 || len(got) > 0 && got[0] != 21 {
				t.Errorf("the peer reads %q, %v", got, err)
			}
			if why := s.why(); len(why) != 1 {
				t.Errorf("refused for %v", why)
			}
		})
	}
}

func TestTLSHandshakeHasItsTime(t *testing.T) {
	hello := clientHello(t)
	for name, in := range map[string]string{"silent": "", "a piece of a hello": hello[:100], "a hello and no more": hello} {
		t.Run(name, func(t *testing.T) {
			s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
			s.sec.Timeout = 50 * time.Millisecond
			u := s.connect(t, s.loops[0], new(user))
			u.send(t, in)
			if _, err := io.ReadAll(u.peer); err != nil && !isReset(err) {
				t.Error(err)
			}
			if why := s.why(); len(why) != 1 || !strings.Contains(why[0].Error(), ErrHandshakeTime.Error()) {
				t.Errorf("refused for %v", why)
			}
		})
	}
}
