// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"testing"
	"unsafe"

	"weir/xmlscan"
)

// established returns an Acceptor whose stream is open.
func established(tb testing.TB) *Acceptor {
	tb.Helper()
	a := &Acceptor{}
	a.Init(&AcceptConfig{Passwords: []string{"secret"}, Scan: xmlscan.Config{Scratch: xmlscan.NewScratch()}}, dialogueID)
	a.Feed([]byte("<stream:stream " + nsDefault + " " + nsStream + " to='chat'><handshake>" + proofOf("secret") + "</handshake>"))
	for _, want := range []Event{Opened, Authenticated} {
		if ev, _ := a.Next(nil); ev != want {
			tb.Fatalf("%v, want %v", ev, want)
		}
	}
	a.Establish(nil)
	if ev, _ := a.Next(nil); ev != NeedMore {
		tb.Fatalf("%v", ev)
	}
	return a
}

const benchStanza = "<message from='a@chat' to='b@example.org/phone' type='chat' id='c29054879d1a4991'><body>hello, this is some text</body></message>"

func TestStanzasDoNotAllocate(t *testing.T) {
	a, out := established(t), make([]byte, 0, 64)
	b := []byte(benchStanza + "\n" + benchStanza + benchStanza[:40])
	rest := []byte(benchStanza[40:])
	n := testing.AllocsPerRun(100, func() {
		stanzas := 0
		for _, piece := range [][]byte{b, rest} {
			a.Feed(piece)
			for {
				ev, _ := a.Next(out)
				if ev == NeedMore {
					break
				}
				if ev != StanzaReady {
					t.Fatalf("%v: %v", ev, a.Verdict())
				}
				stanzas++
			}
		}
		if stanzas != 3 {
			t.Fatalf("%d stanzas", stanzas)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for three stanzas", n)
	}
}

// What an idle connection costs, of which there may be ten thousands.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(Acceptor{}); n > 200 {
		t.Errorf("an Acceptor has %d bytes", n)
	}
	if n := unsafe.Sizeof(xmlscan.Scanner{}); n > 128 {
		t.Errorf("a Scanner has %d bytes", n)
	}
}

// An idle established stream holds no input, no id, and nothing of its header.
func TestIdleStreamHoldsNothing(t *testing.T) {
	a := established(t)
	if a.Buffered() != 0 || a.id != "" || a.verdict != nil {
		t.Errorf("%d bytes of input, id %q", a.Buffered(), a.id)
	}
	a.Feed([]byte("<message"))
	if ev, _ := a.Next(nil); ev != NeedMore || a.Buffered() != len("<message") {
		t.Errorf("%v, %d bytes of input", ev, a.Buffered())
	}
	a.Close()
	if ev, _ := a.Next(nil); ev != Ended || a.Buffered() != 0 {
		t.Errorf("%v, %d bytes of input after Close", ev, a.Buffered())
	}
	a.Close()
}
