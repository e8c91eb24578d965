// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

const balanced = listener + "proxy_protocol = true\n"

// proxy2 is a version 2 header (section 2.2 of the PROXY protocol).
func proxy2(versionCommand, familyTransport byte, addresses string) string {
	return "\r\n\r\n\x00\r\nQUIT\n" + string([]byte{versionCommand, familyTransport, byte(len(addresses) >> 8), byte(len(addresses))}) + addresses
}

// 192.0.2.1:12345 to 198.51.100.2:8888, and [2001:db8::1]:12345 to [2001:db8::2]:8888.
const (
	proxyAddresses4 = "\xc0\x00\x02\x01\xc6\x33\x64\x02\x30\x39\x22\xb8"
	proxyAddresses6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x30\x39\x22\xb8"
)

// TestProxyProtocol: each header in one piece with the stream's, and byte by byte; the log then tells the address of the header,
// or the socket's when the header tells none.
func TestProxyProtocol(t *testing.T) {
	w := xmpptest.StartWeir(t, balanced)
	for i, tt := range []struct{ name, header, peer string }{
		{"version 1, IPv4", "PROXY TCP4 192.0.2.1 198.51.100.2 12345 8888\r\n", "192.0.2.1:12345"},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 12345 8888\r\n", "[2001:db8::1]:12345"},
		{"version 1, UNKNOWN", "PROXY UNKNOWN\r\n", ""},
		{"version 1, UNKNOWN with addresses", "PROXY UNKNOWN 2001:db8::1 2001:db8::2 12345 8888\r\n", ""},
		{"version 2, IPv4", proxy2(0x21, 0x11, proxyAddresses4), "192.0.2.1:12345"},
		{"version 2, IPv6", proxy2(0x21, 0x21, proxyAddresses6), "[2001:db8::1]:12345"},
		{"version 2 with extensions", proxy2(0x21, 0x11, proxyAddresses4+"\x02\x00\x0bexample.com\x04\x00\x01\x00"), "192.0.2.1:12345"},
		{"version 2, UNSPEC", proxy2(0x21, 0x00, ""), ""},
		{"version 2, LOCAL", proxy2(0x20, 0x00, ""), ""},
		{"version 2, LOCAL with addresses", proxy2(0x20, 0x11, proxyAddresses4), ""},
		{"version 2, another family", proxy2(0x21, 0x31, strings.Repeat("\x00", 216)), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for how, send := range map[string]func(p *xmpptest.Peer, s string){
				"whole": (*xmpptest.Peer).Send, "dribbled": (*xmpptest.Peer).Dribble,
			} {
				p := xmpptest.Connect(t, w.Addr())
				p.Name = fmt.Sprintf("%s%d.example", how, i)
				send(p, tt.header+xmpptest.Header(p.Name))
				p.ExpectHeader(p.Name)
				p.Login(secret)
				p.Sync()
				peer := tt.peer
				if peer == "" {
					peer = p.LocalAddr()
				}
				w.WaitLog(`"component connected","component":"` + p.Name + `".*"peer":"` + regexp.QuoteMeta(peer) + `"`)
			}
		})
	}
}

// TestProxyProtocolRefused: what is no header of a balancer is closed without a word, at once, and the log says why.
func TestProxyProtocolRefused(t *testing.T) {
	w := xmpptest.StartWeir(t, balanced)
	left, right := viaBalancer(t, w, "left.example"), viaBalancer(t, w, "right.example")
	for _, tt := range []struct{ name, input string }{
		{"a stream header", xmpptest.Header("c.example")},
		{"an XML declaration", "<?xml version='1.0'?>"},
		{"small letters", "proxy TCP4 192.0.2.1 198.51.100.2 12345 8888\r\n"},
		{"no address", "PROXY TCP4 192.0.2.1.1 198.51.100.2 12345 8888\r\n"},
		{"an address of the other family", "PROXY TCP4 2001:db8::1 2001:db8::2 12345 8888\r\n"},
		{"a port that is none", "PROXY TCP4 192.0.2.1 198.51.100.2 123456 8888\r\n"},
		{"a port missing", "PROXY TCP4 192.0.2.1 198.51.100.2 12345\r\n"},
		{"another protocol", "PROXY UDP4 192.0.2.1 198.51.100.2 12345 8888\r\n"},
		{"a line without an end", "PROXY TCP4 " + strings.Repeat("1", 200)},
		{"a version 3", proxy2(0x31, 0x11, proxyAddresses4)},
		{"an unknown command", proxy2(0x22, 0x11, proxyAddresses4)},
		{"addresses cut off", proxy2(0x21, 0x11, proxyAddresses4[:8])},
		{"a version 2 header without an end", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + strings.Repeat("x", 5000)},
		{"a signature that is nearly one", "\r\n\r\n\x00\r\nQUIT\r\x21\x11\x00\x0c" + proxyAddresses4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			left, right := left.In(t), right.In(t)
			p := xmpptest.Connect(t, w.Addr())
			_ = p.TrySend(tt.input + xmpptest.Header("c.example"))
			if received, _ := p.ReadAll(); received != "" {
				t.Errorf("received %q, want nothing but the end", received)
			}
			closed := `"connection closed".*"peer":"` + regexp.QuoteMeta(p.LocalAddr()) + `"`
			w.WaitLog(closed)
			if line := regexp.MustCompile(closed).FindString(w.Log()); strings.Contains(line, "in time") {
				t.Errorf("it was closed for its time only: %s", line)
			}
			talk(left, right)
		})
	}
}

// viaBalancer logs a component in through a header that tells no address.
func viaBalancer(t *testing.T, w *xmpptest.Weir, name string) *xmpptest.Peer {
	t.Helper()
	p := xmpptest.Connect(t, w.Addr())
	p.Send("PROXY UNKNOWN\r\n")
	p.Open(name)
	p.Login(secret)
	return p
}

// TestProxyProtocolTimes: the header has a second; state_timeout begins behind it.
func TestProxyProtocolTimes(t *testing.T) {
	const second = time.Second
	const timeout, late = 200 * time.Millisecond, 350 * time.Millisecond
	w := xmpptest.StartWeir(t, balanced+"state_timeout = 200\n"+balanced+"state_timeout = \"infinity\"\n")
	for _, tt := range []struct{ name, input string }{
		{"nothing", ""},
		{"half a header", "PROXY TCP4 192.0.2.1 "},
		{"half a version 2 header", proxy2(0x21, 0x11, proxyAddresses4)[:20]},
	} {
		t.Run(tt.name+" comes", func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p := xmpptest.Connect(t, w.AddrOf(1))
			p.Send(tt.input)
			if received, _ := p.ReadAll(); received != "" {
				t.Errorf("received %q, want nothing but the end", received)
			}
			expectWithin(t, start, second)
		})
	}
	t.Run("a late header in time", func(t *testing.T) {
		t.Parallel()
		p := xmpptest.Connect(t, w.Addr())
		time.Sleep(late) // more than its state_timeout, which has not begun
		p.Send("PROXY UNKNOWN\r\n")
		start := time.Now()
		p.ExpectHeaderError("connection-timeout", false)
		expectWithin(t, start, timeout)
	})
}

// TestProxyProtocolWithTheOtherOptions: a connection counts from the beginning, and its bytes before the stream are not lost to
// the shaper.
func TestProxyProtocolWithTheOtherOptions(t *testing.T) {
	w := xmpptest.StartWeir(t, "[shaper.fast]\nmax_rate = 50000\n"+balanced+"max_connections = 1\nshaper = \"fast\"\n")
	p := viaBalancer(t, w, "one.example")
	next := xmpptest.Connect(t, w.Addr())
	next.Name = "two.example"
	next.Send("PROXY UNKNOWN\r\n" + xmpptest.Header(next.Name))
	p.Sync()
	next.ExpectNothingYet()
	p.End()
	next.ExpectHeader(next.Name)
	next.Login(secret)
	next.Sync()
}
