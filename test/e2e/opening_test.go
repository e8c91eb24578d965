// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

const streamsNS = "http://etherx.jabber.org/streams"

// headers are stream headers that must be taken, NAME standing for the component's name. The first ones are what the libraries
// really send.
var headers = []struct{ name, header string }{
	{"XEP-0114", "<stream:stream xmlns='jabber:component:accept' xmlns:stream='" + streamsNS + "' to='NAME'>"},
	{"slixmpp", `<stream:stream xmlns="jabber:component:accept" xmlns:stream="` + streamsNS + `" to="NAME">`},
	{"biboumi", "<stream:stream to='NAME' xmlns:stream='" + streamsNS + "' xmlns='jabber:component:accept'>"},
	{"gosrc.io/xmpp", "<?xml version='1.0'?><stream:stream to='NAME' xmlns='jabber:component:accept' xmlns:stream='" + streamsNS + "'>"},
	{"Whack", `<stream:stream xmlns="jabber:component:accept" xmlns:stream="` + streamsNS + `" allowMultiple="true" to="NAME">`},
	{"C gateways", "<?xml version='1.0'?><stream:stream xmlns:stream='" + streamsNS +
		"' xmlns='jabber:component:accept' to='NAME' from='NAME'>\n"},
	{"Blather", "<stream:stream to='NAME'  xmlns='jabber:component:accept'   xmlns:stream='" + streamsNS + "' >"},
	{"with an encoding", `<?xml version="1.0" encoding="UTF-8"?>` + "<stream:stream xmlns='jabber:component:accept' xmlns:stream='" +
		streamsNS + "' to='NAME'>"},
	{"with an encoding in small letters", `<?xml version="1.0" encoding='utf-8' standalone='yes' ?>` +
		"<stream:stream xmlns='jabber:component:accept' xmlns:stream='" + streamsNS + "' to='NAME'>"},
	{"with a byte order mark", "\uFEFF<stream:stream xmlns='jabber:component:accept' xmlns:stream='" + streamsNS + "' to='NAME'>"},
	{"with a byte order mark and a declaration", "\uFEFF<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='" +
		streamsNS + "' to='NAME'>"},
	{"with newlines", "<?xml version='1.0'?>\r\n\r\n<stream:stream\n\txmlns = 'jabber:component:accept'\n\txmlns:stream\n=\n'" + streamsNS +
		"'\n\tto='NAME'\n>\n\n"},
	{"with xml:lang", "<stream:stream xml:lang='de' xmlns='jabber:component:accept' xmlns:stream='" + streamsNS + "' to='NAME'>"},
	{"with unknown attributes", "<stream:stream a='1' b='&lt;&#x20;' xmlns:x='urn:x' x:c='' xmlns='jabber:component:accept' xmlns:stream='" +
		streamsNS + "' to='NAME'>"},
	{"with another prefix", "<s:stream xmlns='jabber:component:accept' xmlns:s='" + streamsNS + "' to='NAME'>"},
	{"with character references in the name", "<stream:stream xmlns='jabber:component:accept' xmlns:stream='" + streamsNS +
		"' to='&#x63;NAME'>"},
}

func TestHeaderAccepted(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	for i, tt := range headers {
		t.Run(tt.name, func(t *testing.T) {
			name := fmt.Sprintf("c%d.example", i)
			header := strings.ReplaceAll(tt.header, "NAME", name)
			if strings.Contains(header, "&#x63;") {
				name = "c" + name
			}
			openAndTalk(t, w, name, header)
		})
	}
}

// openAndTalk sends a header byte by byte and whole; each time the stream must then work.
func openAndTalk(t *testing.T, w *xmpptest.Weir, name, header string) {
	t.Helper()
	for _, send := range []func(p *xmpptest.Peer){
		func(p *xmpptest.Peer) { p.Send(header) },
		func(p *xmpptest.Peer) { p.Dribble(header) },
	} {
		p := xmpptest.Connect(t, w.Addr())
		p.Name = name
		send(p)
		p.ExpectHeader(name)
		p.Login(secret)
		p.Sync()
		if !strings.HasPrefix(header, "<s:") {
			p.End()
			continue
		}
		p.Send("</s:stream>")
		p.Expect(xmpptest.Trailer)
		p.ExpectClosed()
	}
}

// TestHeaderVersion: weir claims a version only to who claims one, and never sends stream features.
func TestHeaderVersion(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	for i, header := range []string{
		// @xmpp/component and libstrophe, as they are.
		`<?xml version='1.0'?><stream:stream version="1.0" xmlns="jabber:component:accept" xmlns:stream="` + streamsNS + `" to="NAME">`,
		`<?xml version="1.0"?><stream:stream to="NAME" xml:lang="en" version="1.0" xmlns="jabber:component:accept" xmlns:stream="` + streamsNS + `">`,
	} {
		p := xmpptest.Connect(t, w.Addr())
		p.Name = fmt.Sprintf("c%d.example", i)
		p.Send(strings.Replace(header, "NAME", p.Name, 1))
		p.ID = p.ExpectMatch(`<\?xml version='1\.0'\?><stream:stream xmlns='jabber:component:accept'` +
			` xmlns:stream='http://etherx\.jabber\.org/streams' from='` + p.Name + `' id='([A-Za-z0-9-]{22,})' version='1\.0'>`)[1]
		p.Login(secret)
		p.Sync()
	}
}

// TestHeaderName: what a header asks for is registered and answered in its normal form.
func TestHeaderName(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	sender := dial(t, w, "sender.example")
	for _, tt := range []struct{ name, to, from string }{
		{"capitals", "Lib.EXAMPLE", "lib.example"},
		{"a trailing dot", "dotted.example.", "dotted.example"},
		{"one label", "localhost", "localhost"},
		{"capitals beyond ASCII", "BÜCHER.example", "bücher.example"},
		{"an address of version 4", "192.0.2.7", "192.0.2.7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := xmpptest.Connect(t, w.Addr())
			p.Send(xmpptest.Header(tt.to))
			p.ExpectHeader(tt.from)
			p.Login(secret)
			for _, address := range []string{tt.to, tt.from} {
				m := "<message from='sender.example' to='u@" + address + "/R'/>"
				sender.Send(m)
				p.Expect(m)
			}
		})
	}
}

// TestStreamIDs: every connection has an id of its own, not to be foreseen from the one before.
func TestStreamIDs(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	seen := make(map[string]bool)
	for i := range 200 {
		p := xmpptest.Connect(t, w.Addr())
		p.Open(fmt.Sprintf("c%d.example", i))
		if seen[p.ID] {
			t.Fatalf("the stream id %s came twice", p.ID)
		}
		seen[p.ID] = true
		p.Close()
	}
}

// refused are openings that end in a stream error. anyName: weir may or may not name the component in its header.
var refused = []struct {
	name, input, condition string
	anyName                bool
}{
	{"the client namespace", "<stream:stream xmlns='jabber:client' xmlns:stream='" + streamsNS + "' to='c.example'>", "invalid-namespace", true},
	{"no default namespace", "<stream:stream xmlns:stream='" + streamsNS + "' to='c.example'>", "invalid-namespace", true},
	{"an empty default namespace", "<stream:stream xmlns='' xmlns:stream='" + streamsNS + "' to='c.example'>", "invalid-namespace", true},
	{"a namespace with a blank behind", "<stream:stream xmlns='jabber:component:accept ' xmlns:stream='" + streamsNS + "' to='c.example'>",
		"invalid-namespace", true},
	{"a wrong stream namespace", "<stream:stream xmlns='jabber:component:accept' xmlns:stream='urn:other' to='c.example'>",
		"invalid-namespace", true},
	{"no to", "<stream:stream xmlns='jabber:component:accept' xmlns:stream='" + streamsNS + "'>", "host-unknown", false},
	{"an empty to", xmpptest.Header(""), "host-unknown", false},
	{"a blank to", xmpptest.Header(" "), "host-unknown", false},
	{"a to of 1024 bytes", xmpptest.Header(longName(1024)), "host-unknown", false},
	{"a to with a node", xmpptest.Header("u@c.example"), "host-unknown", false},
	{"a to with a resource", xmpptest.Header("c.example/r"), "host-unknown", false},
	{"a to that is no address", xmpptest.Header("@@@"), "host-unknown", false},
	{"a to with an empty label", xmpptest.Header("c..example"), "host-unknown", false},
	{"a to with a quote", xmpptest.Header("c&apos;x.example"), "host-unknown", false},
	{"a to with a tag", xmpptest.Header("c&lt;x&gt;.example"), "host-unknown", false},
	{"an HTTP request", "GET / HTTP/1.1\r\nHost: c.example\r\n\r\n", "not-well-formed", false},
	{"a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "not-well-formed", false},
	{"text before the header", "hello" + xmpptest.Header("c.example"), "not-well-formed", false},
	{"another root", "<foo/>", "bad-format", false},
	{"another root in the stream namespace", "<stream:features xmlns='jabber:component:accept' xmlns:stream='" + streamsNS + "'>",
		"bad-format", false},
	{"a stanza as the root", "<message xmlns='jabber:component:accept' to='c.example'/>", "bad-format", false},
	{"an end tag", "</stream:stream>", "not-well-formed", false},
	{"an undeclared prefix", "<stream:stream xmlns='jabber:component:accept' to='c.example'>", "bad-namespace-prefix", false},
	{"the same attribute twice", "<stream:stream xmlns='jabber:component:accept' xmlns:stream='" + streamsNS +
		"' to='c.example' to='c.example'>", "not-well-formed", false},
	{"a document type", "<!DOCTYPE stream>" + xmpptest.Header("c.example"), "restricted-xml", false},
	{"a comment", "<!-- hello -->" + xmpptest.Header("c.example"), "restricted-xml", false},
	{"a processing instruction", "<?php hello?>" + xmpptest.Header("c.example"), "restricted-xml", false},
	{"an entity", xmpptest.Header("&host;.example"), "restricted-xml", false},
	{"Latin 1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + xmpptest.Header("c.example"), "unsupported-encoding", false},
	{"UTF-16", "\xff\xfe<\x00s\x00", "unsupported-encoding", false},
	{"no UTF-8", xmpptest.Header("c\xff.example"), "unsupported-encoding", false},
	{"too much of a header", xmpptest.Header("c.example", " x='"+strings.Repeat("x", 8<<10)+"'"), "policy-violation", false},
}

// longName is a name of n bytes in labels of at most 63.
func longName(n int) string {
	return strings.Repeat(strings.Repeat("a", 63)+".", n/64) + strings.Repeat("b", n%64)
}

func TestHeaderRefused(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			p := xmpptest.Connect(t, w.Addr())
			p.Send(tt.input)
			p.ExpectHeaderError(tt.condition, tt.anyName)
		})
	}
	// None of them has taken the name.
	dial(t, w, "c.example").Sync()
}

// shortTimeout is what a header, and then a handshake, of a test may take on a busy machine.
const shortTimeout = 1500 * time.Millisecond

var impatient = listener + fmt.Sprintf("state_timeout = %d\n", shortTimeout.Milliseconds())

// TestStateTimeout: whoever says nothing, or too little, is told so and dismissed.
func TestStateTimeout(t *testing.T) {
	t.Parallel()
	w := xmpptest.StartWeir(t, impatient)
	t.Run("nothing comes", func(t *testing.T) {
		start := time.Now()
		p := xmpptest.Connect(t, w.Addr())
		p.ExpectHeaderError("connection-timeout", false)
		expectWithin(t, start, shortTimeout)
	})
	t.Run("no handshake comes", func(t *testing.T) {
		p := xmpptest.Connect(t, w.Addr())
		start := time.Now()
		p.Open("c.example")
		p.ExpectStreamError("connection-timeout")
		expectWithin(t, start, shortTimeout)
	})
	t.Run("the header dribbles", func(t *testing.T) {
		p := xmpptest.Connect(t, w.Addr())
		start := time.Now()
		go drip(p, xmpptest.Header("c.example"))
		p.ExpectHeaderError("connection-timeout", false)
		expectWithin(t, start, shortTimeout)
	})
	t.Run("the handshake dribbles", func(t *testing.T) {
		p := xmpptest.Connect(t, w.Addr())
		start := time.Now()
		p.Open("c.example")
		go drip(p, "<handshake>"+strings.Repeat("0", 1000))
		p.ExpectStreamError("connection-timeout")
		expectWithin(t, start, shortTimeout)
	})
	t.Run("only blanks come", func(t *testing.T) {
		p := xmpptest.Connect(t, w.Addr())
		start := time.Now()
		p.Open("c.example")
		go drip(p, strings.Repeat(" ", 1000))
		p.ExpectStreamError("connection-timeout")
		expectWithin(t, start, shortTimeout)
	})
	t.Run("established streams have no timeout", func(t *testing.T) {
		p := dial(t, w, "c.example")
		xmpptest.Connect(t, w.Addr()).ExpectHeaderError("connection-timeout", false) // a timeout's time has passed
		p.Sync()
	})
}

// drip sends a text so slowly that it would not be there for a long time. It ends when weir closes the connection.
func drip(p *xmpptest.Peer, text string) {
	tick := time.NewTicker(shortTimeout / 20)
	defer tick.Stop()
	for i := range len(text) {
		if p.TrySend(text[i:i+1]) != nil {
			return
		}
		<-tick.C
	}
}

// expectWithin checks that what took place since start took the timeout and not much more; the slack is for a busy machine.
func expectWithin(t *testing.T, start time.Time, timeout time.Duration) {
	t.Helper()
	const slack = 5 * time.Second
	if took := time.Since(start); took < timeout*9/10 || took > timeout+slack {
		t.Errorf("it took %v, want about %v", took, timeout)
	}
}

// TestStateTimeoutBounds: 0 is at once, "infinity" is never.
func TestStateTimeoutBounds(t *testing.T) {
	never := listener + "state_timeout = \"infinity\"\n"
	w := xmpptest.StartWeir(t, never+impatient+listener+"state_timeout = 0\n")
	patient := xmpptest.Connect(t, w.AddrOf(0))
	headed := xmpptest.Connect(t, w.AddrOf(0))
	headed.Open("headed.example")

	xmpptest.Connect(t, w.AddrOf(2)).ExpectHeaderError("connection-timeout", false)
	xmpptest.Connect(t, w.AddrOf(1)).ExpectHeaderError("connection-timeout", false)

	patient.Open("patient.example")
	patient.Login(secret)
	headed.Login(secret)
}
