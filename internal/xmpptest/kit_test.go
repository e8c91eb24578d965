// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// fakeTB is a test that records its failure instead of being one.
type fakeTB struct {
	testing.TB
	failure string
	skipped bool
}

func (f *fakeTB) Helper()        {}
func (f *fakeTB) Cleanup(func()) {}
func (f *fakeTB) Failed() bool   { return f.failure != "" }
func (f *fakeTB) Logf(string, ...any) {
}

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
func (f *fakeTB) Fatal(args ...any)                 { f.Fatalf("%s", fmt.Sprint(args...)) }
func (f *fakeTB) Errorf(format string, args ...any) { f.failure = fmt.Sprintf(format, args...) }
func (f *fakeTB) Skipf(format string, args ...any) {
	f.skipped = true
	runtime.Goexit()
}

// failureOf runs a part of a test on its own and returns what it failed with, "" when it did not.
func failureOf(part func(tb *fakeTB)) string {
	tb := &fakeTB{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		part(tb)
	}()
	<-done
	return tb.failure
}

// served connects a peer to a server that runs serve on the other end of the connection.
func served(t *testing.T, tb testing.TB, serve func(conn *net.TCPConn)) *Peer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err == nil {
			serve(conn.(*net.TCPConn))
		}
	}()
	p := Connect(tb, l.Addr().String())
	t.Cleanup(p.Close)
	p.Name = "c.example"
	return p
}

const goodHeader = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'" +
	" from='c.example' id='0123456789abcdef-0123456789'>"

// TestExpectationsCanFail: each expectation holds for what it is for and fails for what is nearly that.
func TestExpectationsCanFail(t *testing.T) {
	header := func(p *Peer) { p.ExpectHeader("c.example") }
	closed := func(p *Peer) { p.ExpectClosed() }
	streamError := func(p *Peer) { p.ExpectStreamError("conflict") }
	conflict := "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
	stanza := func(p *Peer) { p.ReadStanza() }
	for _, tt := range []struct {
		name     string
		sent     string // by the server, which then closes
		expect   func(p *Peer)
		failures bool
	}{
		{"exact bytes", "<a/>", func(p *Peer) { p.Expect("<a/>") }, false},
		{"other bytes", "<b/>", func(p *Peer) { p.Expect("<a/>") }, true},
		{"too few bytes", "<a", func(p *Peer) { p.Expect("<a/>") }, true},
		{"a header", goodHeader, header, false},
		{"a newline before the header", "\n" + goodHeader, header, true},
		{"a newline in the header", strings.Replace(goodHeader, "?>", "?>\n", 1), header, true},
		{"a header with a short id", strings.Replace(goodHeader, "0123456789abcdef-", "", 1), header, true},
		{"a header for another name", strings.Replace(goodHeader, "c.example", "d.example", 1), header, true},
		{"a header with a version nobody asked for", strings.Replace(goodHeader, " id=", " version='1.0' id=", 1), header, true},
		{"the end of the file", "", closed, false},
		{"a byte before the end of the file", " ", closed, true},
		{"a stream error", conflict, streamError, false},
		{"a stream error without the end of the stream", strings.TrimSuffix(conflict, Trailer), streamError, true},
		{"something behind the end of the stream", conflict + " ", streamError, true},
		{"another stream error", strings.Replace(conflict, "conflict", "bad-format", 1), streamError, true},
		{"a stanza", "<a b='c'><d/>&lt;</a>", stanza, false},
		{"half a stanza", "<a><b></a>", stanza, true},
		{"an end of stream for a stanza", Trailer, stanza, true},
		{"a stream error for a stanza", conflict, stanza, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			failure := failureOf(func(tb *fakeTB) {
				tt.expect(served(t, tb, func(conn *net.TCPConn) {
					_, _ = conn.Write([]byte(tt.sent))
					conn.Close()
				}))
			})
			if (failure != "") != tt.failures {
				t.Errorf("failure %q, want one: %v", failure, tt.failures)
			}
		})
	}
}

// TestResetIsNotAnEnd: a reset connection is told from an orderly end.
func TestResetIsNotAnEnd(t *testing.T) {
	reset := func(conn *net.TCPConn) {
		_, _ = conn.Read(make([]byte, 1)) // not before the peer is connected
		_ = conn.SetLinger(0)
		conn.Close()
	}
	failure := failureOf(func(tb *fakeTB) {
		p := served(t, tb, reset)
		p.Send("x")
		p.ExpectClosed()
	})
	if !strings.Contains(failure, "reset") {
		t.Errorf("failure %q, want one that speaks of a reset", failure)
	}
	p := served(t, t, reset)
	p.Send("x")
	if _, was := p.ReadAll(); !was {
		t.Error("ReadAll took a reset for an end")
	}
}

// TestReadStanzaReadsNoMore: what comes behind a stanza in the same segment is left for the next expectation.
func TestReadStanzaReadsNoMore(t *testing.T) {
	p := served(t, t, func(conn *net.TCPConn) { _, _ = conn.Write([]byte("<a x='1'><b xmlns='urn:b'>t</b></a><c/>rest")) })
	s := p.ReadStanza()
	if s.Raw != "<a x='1'><b xmlns='urn:b'>t</b></a>" || s.Attribute("x") != "1" || s.Child("urn:b", "b").Text != "t" {
		t.Errorf("read %+v", s)
	}
	if s := p.ReadStanza(); s.Raw != "<c/>" || s.Name.Space != "jabber:component:accept" {
		t.Errorf("read %+v", s)
	}
	p.Expect("rest")
}

// TestDigest uses the first exchange of a real client with a real server, captured (slixmpp with Prosody).
func TestDigest(t *testing.T) {
	if got := Digest("49699cec-32b9-4492-9470-b283ce1757ae", "secret"); got != "15cca1f5c0e62d1eb72aa4a83f0cb5f3c63ae813" {
		t.Errorf("Digest = %s", got)
	}
}

func TestListening(t *testing.T) {
	const log = `weir starts
{"time":"t","level":"INFO","msg":"loops started","addr":"127.0.0.1:1"}
{"time":"t","level":"INFO","msg":"listening","addr":"127.0.0.1:4001"}
{"time":"t","level":"INFO","msg":"listening","addr":"127.0.0.1:4002"}
{"time":"t","level":"INFO","msg":"listening","addr":"127.0.0.1:40`
	if got := fmt.Sprint(listening(log)); got != "[127.0.0.1:4001 127.0.0.1:4002]" {
		t.Errorf("listening = %s", got)
	}
}

func TestSecretsOf(t *testing.T) {
	const config = "[[listen.component]]\n  password = \"one\"\npassword_file = \"f\"\n[[upstream]]\nsecret='two'\npassword = \"\"\n"
	if got := fmt.Sprint(secretsOf(config)); got != "[one two]" {
		t.Errorf("secretsOf = %s", got)
	}
}

// TestProgram: lines go in, lines come out, an ended program is told at once.
func TestProgram(t *testing.T) {
	p := StartProgram(t, "cat", exec.Command("cat"))
	p.Do("one", "two")
	p.Do("three")
	p.Expect("one", "two")
	p.ExpectText("hre")

	start := time.Now()
	failure := failureOf(func(tb *fakeTB) {
		ended := StartProgram(tb, "true", exec.Command("true"))
		ended.Expect("never")
	})
	if !strings.Contains(failure, "never") || time.Since(start) > expectTimeout/2 {
		t.Errorf("failure %q after %v", failure, time.Since(start))
	}
}

// TestNeed: what is missing skips a test, and fails it where nothing may be skipped.
func TestNeed(t *testing.T) {
	for _, ci := range []string{"", "true"} {
		t.Setenv("CI", ci)
		tb := &fakeTB{}
		failure := failureOf(func(inner *fakeTB) {
			defer func() { tb = inner }()
			NeedProgram(inner, "no-such-program-of-weir", "nowhere")
		})
		if tb.skipped == (ci == "true") || (failure != "") != (ci == "true") {
			t.Errorf("with CI=%q: skipped %v, failure %q", ci, tb.skipped, failure)
		}
	}
}
