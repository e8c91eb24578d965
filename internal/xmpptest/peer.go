// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"crypto/sha1"
	"encoding/hex"
	"net"
	"strings"
	"testing"
	"time"
)

const (
	dialTimeout   = 10 * time.Second
	expectTimeout = 20 * time.Second // the longest wait for anything that must come; a failure, not a measure
)

// Peer is a scripted XEP-0114 component on a raw TCP connection: every byte either way is the test's. Each method that meets
// something else than it must ends the test. It belongs to the goroutine of the test.
type Peer struct {
	t     testing.TB
	conn  *net.TCPConn
	buf   []byte // received and not yet expected
	ended error  // why the receiving side ended: io.EOF, or the socket's error
	// Name is the name the peer asked for, as it wrote it; ID the stream id of weir's answer.
	Name, ID string
}

// Connect opens a connection to addr and says nothing. It is closed at the end of the test.
func Connect(t testing.TB, addr string) *Peer {
	t.Helper()
	return ConnectFrom(t, "", addr)
}

// ConnectFrom is Connect from one of the machine's own addresses, of which 127.0.0.0/8 has many.
func ConnectFrom(t testing.TB, from, addr string) *Peer {
	t.Helper()
	d := net.Dialer{Timeout: dialTimeout}
	if from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	p := &Peer{t: t, conn: conn.(*net.TCPConn)}
	t.Cleanup(p.Close)
	return p
}

// Dial connects to addr and logs in as the component name.
func Dial(t testing.TB, addr, name, secret string) *Peer {
	t.Helper()
	p := Connect(t, addr)
	p.Open(name)
	p.Login(secret)
	return p
}

// DialWhenFree is Dial for a name whose holder has gone without a word: while weir says that the name is taken, or that it
// cannot find out, it asks again.
func DialWhenFree(t testing.TB, addr, name, secret string) *Peer {
	t.Helper()
	for deadline := time.Now().Add(expectTimeout); ; {
		p := Connect(t, addr)
		p.Open(name)
		p.SendHandshake(secret)
		answer := p.ExpectMatch(`<handshake/>|<stream:error>(?:<conflict|<resource-constraint) .*</stream:stream>`)[0]
		if answer == "<handshake/>" {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("the name %s is still taken", name)
		}
		p.Close()
	}
}

// DialLoosely is Dial for a server that is not weir: the header it answers with may look as it likes.
func DialLoosely(t testing.TB, addr, name, secret string) *Peer {
	t.Helper()
	p := Connect(t, addr)
	p.Name = name
	p.Send(Header(name))
	p.ID = p.ExpectMatch(`<\?xml[^>]*>\s*<stream:stream[^>]* id=['"]([^'"]+)['"][^>]*>`)[1]
	p.Login(secret)
	return p
}

// In returns the same connection for use in a subtest: failures are the subtest's. The outer peer is used again only after it.
func (p *Peer) In(t testing.TB) *Peer {
	inner := *p
	inner.t = t
	t.Cleanup(func() { p.buf, p.ended = inner.buf, inner.ended })
	return &inner
}

// Open sends a stream header for name and expects the answering one, to the byte. attrs are further attributes of the header,
// each with a leading blank.
func (p *Peer) Open(name string, attrs ...string) {
	p.t.Helper()
	p.Name = name
	p.Send(Header(name, attrs...))
	p.ExpectHeader(name)
}

// Login proves that the peer knows the secret and expects the handshake to be accepted.
func (p *Peer) Login(secret string) {
	p.t.Helper()
	p.SendHandshake(secret)
	p.Expect("<handshake/>")
}

// SendHandshake sends the proof and expects nothing.
func (p *Peer) SendHandshake(secret string) {
	p.t.Helper()
	p.Send("<handshake>" + Digest(p.ID, secret) + "</handshake>")
}

// Header is a plain stream header of a component, as XEP-0114 section 3 shows it.
func Header(name string, attrs ...string) string {
	return "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='" + name + "'" +
		strings.Join(attrs, "") + ">"
}

// Digest is the proof of XEP-0114 section 3: lower-case hexadecimal SHA-1 of stream id and secret.
func Digest(id, secret string) string {
	sum := sha1.Sum([]byte(id + secret))
	return hex.EncodeToString(sum[:])
}

// Close closes the connection at once, without an end of stream. It may be called again.
func (p *Peer) Close() { _ = p.conn.Close() }

// End ends the stream as XEP-0114 section 3 asks, expects weir to end its own and to close, and closes too.
func (p *Peer) End() {
	p.t.Helper()
	p.Send(Trailer)
	p.Expect(Trailer)
	p.ExpectClosed()
	p.Close()
}

// LocalAddr is the address of the peer's end, as weir's log may name it.
func (p *Peer) LocalAddr() string { return p.conn.LocalAddr().String() }
