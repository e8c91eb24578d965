// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// xmlLimits are the limits on what a stream may bring: what is exactly as large as allowed passes, the next is a
// policy-violation. inside makes the content of a message; the listener's own limit counts the whole message.
var xmlLimits = []struct {
	key    string
	limit  int
	inside func(n int) string
}{
	{"max_depth", 10, func(n int) string { return strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n-1) }},
	{"max_depth", 100, func(n int) string { return strings.Repeat("<a>", n-2) + "<b/>" + strings.Repeat("</a>", n-2) }},
	{"max_attributes", 10, func(n int) string {
		return "<a" + many(n, func(i int) string { return fmt.Sprintf(" a%d=''", i) }) + "/>"
	}},
	{"max_attributes", 20, func(n int) string {
		return "<a xmlns='urn:a' xmlns:b='urn:b'" + many(n-2, func(i int) string { return fmt.Sprintf(" b:a%d=''", i) }) + "/>"
	}},
	{"max_elements", 50, func(n int) string { return strings.Repeat("<a/>", n-1) }},
	{"max_elements", 20, func(n int) string { return strings.Repeat("<a></a>", n-1) }},
	{"max_name_bytes", 64, func(n int) string { return "<" + strings.Repeat("a", n) + "/>" }},
	{"max_name_bytes", 100, func(n int) string { return "<a " + strings.Repeat("b", n) + "=''/>" }},
	{"max_name_bytes", 70, func(n int) string { return "<p:" + strings.Repeat("a", n-2) + " xmlns:p='urn:p'/>" }},
	{"max_namespaces", 10, func(n int) string {
		return "<a" + many(n, func(i int) string { return fmt.Sprintf(" xmlns:p%d='urn:p'", i) }) + "/>"
	}},
	{"max_namespaces", 5, func(n int) string {
		return many(n, func(i int) string { return fmt.Sprintf("<a xmlns:p%d='urn:p'>", i) }) + strings.Repeat("</a>", n)
	}},
	{"max_namespace_bytes", 256, func(n int) string { return "<a xmlns:p='" + strings.Repeat("u", n-1) + "'/>" }},
}

// TestXMLLimits: each limit exactly, whole and byte by byte, and above it told before the element has ended; who keeps within
// the limits does not notice, and the next stream can have the name.
func TestXMLLimits(t *testing.T) {
	const head, end = "<message from='c.example' to='w.example'>", "</message>"
	for _, tt := range xmlLimits {
		t.Run(fmt.Sprintf("%s=%d", tt.key, tt.limit), func(t *testing.T) {
			w := xmpptest.StartWeir(t, fmt.Sprintf("[engine]\n%s = %d\n", tt.key, tt.limit)+listener)
			witness := dial(t, w, "w.example")
			for _, send := range []func(p *xmpptest.Peer, s string){(*xmpptest.Peer).Send, dribbleShort} {
				p := dial(t, w, "c.example")
				good := head + tt.inside(tt.limit) + end
				send(p, good)
				witness.Expect(good)
				send(p, head+tt.inside(tt.limit+1))
				p.ExpectStreamError("policy-violation")
				p.Close()
				witness.Sync()
			}
		})
	}
}

// TestMaxStanzaSize: from '<' to '>' exactly so many bytes pass, blanks between stanzas count for nothing, and one byte more is
// told in the read that brings it, whether the stanza ends there or not.
func TestMaxStanzaSize(t *testing.T) {
	const limit = 5000
	w := xmpptest.StartWeir(t, listener+fmt.Sprintf("max_stanza_size = %d\n", limit)+listener)
	witness := xmpptest.Dial(t, w.AddrOf(1), "w.example", secret)
	good, bad := sized(t, "c.example", "w.example", limit), sized(t, "c.example", "w.example", limit+1)
	for name, send := range map[string]func(p *xmpptest.Peer, s string){"whole": (*xmpptest.Peer).Send, "in pieces": dribbleShort} {
		for _, tt := range []struct{ name, input string }{
			{"whole", bad},
			{"without its end", bad[:limit+1]},
			{"with much behind it", bad + strings.Repeat("x", 100_000)},
			{"two of which the second is too large", good + bad},
		} {
			t.Run(name+", "+tt.name, func(t *testing.T) {
				witness := witness.In(t)
				p := dial(t, w, "c.example")
				send(p, good+strings.Repeat(" \n", limit)+good)
				witness.Expect(good + good)
				send(p, tt.input)
				p.ExpectStreamError("policy-violation")
				p.Close()
				if strings.HasPrefix(tt.input, good) {
					witness.Expect(good)
				}
				witness.Sync()
			})
		}
	}
	t.Run("it is the sender's listener's", func(t *testing.T) {
		p, small := xmpptest.Dial(t, w.AddrOf(1), "large.example", secret), dial(t, w, "small.example")
		m := sized(t, "large.example", "small.example", 2*limit)
		p.Send(m)
		small.Expect(m)
	})
}

// TestMaxHeaderBytes: a stream header has a limit of its own.
func TestMaxHeaderBytes(t *testing.T) {
	const limit = 600
	w := xmpptest.StartWeir(t, fmt.Sprintf("[engine]\nmax_header_bytes = %d\n", limit)+listener)
	header := func(n int) string {
		room := n - len(xmpptest.Header("c.example", " x=''"))
		return xmpptest.Header("c.example", " x='"+strings.Repeat("y", room)+"'")
	}
	for name, send := range map[string]func(p *xmpptest.Peer, s string){"whole": (*xmpptest.Peer).Send, "byte by byte": (*xmpptest.Peer).Dribble} {
		t.Run(name, func(t *testing.T) {
			p := xmpptest.Connect(t, w.Addr())
			p.Name = "c.example"
			send(p, header(limit))
			p.ExpectHeader(p.Name)
			p.Login(secret)
			p.End()
			p = xmpptest.Connect(t, w.Addr())
			send(p, header(limit + 1)[:limit+1])
			p.ExpectHeaderError("policy-violation", false)
			p.Close()
		})
	}
}
