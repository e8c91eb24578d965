// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/wire"
)

// peer is a component at the other end.
type peer struct {
	b    *bed
	h    *hand
	slot driver.Slot
	fd   int
	name string
	s    *Session
	out  []byte // what it says as soon as it is read, see queue
	eof  bool   // it has heard the end of our side
	shut bool   // its own descriptor is closed
}

// connect opens a connection on a loop.
func (b *bed) connect(loop int) *peer {
	return b.connectAt(loop, b.lis)
}

func (b *bed) connectAt(loop int, lis *Listener) *peer {
	p := b.open(b.loops[loop], lis)
	b.peers = append(b.peers, p)
	b.t.Cleanup(p.vanish)
	return p
}

// open is connectAt for a loop that is the caller's own, and no other's.
func (b *bed) open(h *hand, lis *Listener) *peer {
	b.t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	p := &peer{b: b, h: h, fd: fds[1]}
	h.loop.Adopt(fds[0], func(c *engine.Conn) engine.Handler {
		p.s = b.hub.Accept(c, lis)
		return p.s
	})
	p.slot = h.Added
	return p
}

// join opens a stream and proves itself.
func (b *bed) join(loop int, name string) *peer { return b.connect(loop).negotiate(name, "") }

func (p *peer) negotiate(name, attrs string) *peer {
	p.b.t.Helper()
	p.name = name
	p.says(headerTo(name, attrs))
	p.says(proof(p.hears()))
	return p
}

// joined checks that the server's next words are its consent.
func (p *peer) joined() *peer {
	p.b.t.Helper()
	p.wants("<handshake/>")
	return p
}

// says gives the loop bytes of the peer and ends the batch.
func (p *peer) says(s string) {
	p.h.loop.Data(p.slot, []byte(s), driver.Open)
	p.b.turn(0)
}

// ends closes the peer's side.
func (p *peer) ends(st driver.Status) {
	p.h.loop.Data(p.slot, nil, st)
	p.b.turn(0)
}

// hears is all that has been written to the peer since it was last asked.
func (p *peer) hears() string {
	p.b.turn(0)
	var out []byte
	for {
		n, err := unix.Read(p.fd, p.b.buf[:])
		if n <= 0 || err != nil {
			p.eof = p.eof || n == 0 && err == nil
			return string(out)
		}
		out = append(out, p.b.buf[:n]...)
		p.b.turn(0)
	}
}

func (p *peer) wants(want string) {
	p.b.t.Helper()
	if got := p.hears(); got != want {
		p.b.t.Errorf("%s hears\n  %q, want\n  %q", p.name, got, want)
	}
}

// headerTo is a component's stream header.
func headerTo(name, attrs string) string {
	return "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='" + name + "'" + attrs + ">"
}

// queue says s as soon as the stream is read, see bed.pump.
func (p *peer) queue(s string) { p.out = append(p.out, s...) }

// proof is the handshake of a header that was answered with head.
func proof(head string) string {
	_, rest, _ := strings.Cut(head, " id='")
	id, _, _ := strings.Cut(rest, "'")
	digest := wire.Digest(id, "secret")
	return "<handshake>" + string(digest[:]) + "</handshake>"
}

// narrow makes the peer's socket take little, so that it is soon full.
func (p *peer) narrow() *peer {
	if err := unix.SetsockoptInt(p.h.FDs[p.slot], unix.SOL_SOCKET, unix.SO_SNDBUF, 4096); err != nil {
		p.b.t.Fatal(err)
	}
	return p
}

// vanish closes the peer's descriptor: what is written to it fails. The loop is
// not told until ends is called.
func (p *peer) vanish() {
	if !p.shut {
		p.shut = true
		_ = unix.Close(p.fd)
	}
}

// takes reads at most n bytes, and is what they were.
func (p *peer) takes(n int) string {
	buf := make([]byte, n)
	n, _ = unix.Read(p.fd, buf)
	p.b.turn(0)
	return string(buf[:max(n, 0)])
}

// held says whether the peer's stream is not read.
func (p *peer) held() bool { return p.h.Held[p.slot] }

// over checks that weir has ended its side with these last words.
func (p *peer) over(last string) {
	p.b.t.Helper()
	if got := p.hears(); got != last || !p.eof {
		p.b.t.Errorf("%s hears\n  %q (end of file %v), want\n  %q and the end", p.name, got, p.eof, last)
	}
}

// msg is a message whose payload tells it from all others.
func msg(from, to, id string) string {
	return "<message from='" + from + "' to='" + to + "' id='" + id + "'/>"
}

// long is likewise a message, of about n bytes.
func long(from, to, id string, n int) string {
	return "<message from='" + from + "' to='" + to + "' id='" + id + "'><body>" + strings.Repeat("x", n) + "</body></message>"
}

// streamError is what a stream ends with for an error of ours.
func streamError(condition, text string) string {
	if text != "" {
		text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>" + text + "</text>"
	}
	return "<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" + text + "</stream:error></stream:stream>"
}
