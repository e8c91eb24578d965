// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"bytes"
	"fmt"
	"testing"

	"weir/xmlscan"
)

// FuzzAcceptor: whatever comes, and however it is cut, a stream has the same
// events and says the same, and what it says is a stream.
func FuzzAcceptor(f *testing.F) {
	begin := "<stream:stream " + nsDefault + " " + nsStream + " to='chat'>"
	proof := "<handshake>" + proofOf("secret") + "</handshake>"
	for _, s := range []string{
		"", "GET / HTTP/1.1", begin, begin + proof, begin + proof + benchStanza + "</stream:stream>",
		begin + benchStanza + proof + " <iq/><stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
		begin + "<handshake/>", begin + proof + "<stream:x/>", "\xef\xbb\xbf<?xml version='1.0'?>" + begin, begin + proof + "<a><b></a>",
	} {
		f.Add([]byte(s), uint16(7))
	}
	scratch := xmlscan.NewScratch()
	cfg := &AcceptConfig{Passwords: []string{"secret"}, Scan: xmlscan.Config{Scratch: scratch}}
	f.Fuzz(func(t *testing.T, input []byte, cut uint16) {
		whole := converse(t, cfg, input)
		at := int(cut) % (len(input) + 1)
		if parts := converse(t, cfg, input[:at], input[at:]); parts != whole {
			t.Fatalf("cut before byte %d:\n%s\nwhole:\n%s", at, parts, whole)
		}
		var single [][]byte
		for i := range input {
			single = append(single, input[i:i+1])
		}
		if parts := converse(t, cfg, single...); parts != whole {
			t.Fatalf("byte by byte:\n%s\nwhole:\n%s", parts, whole)
		}
	})
}

// converse plays the owner: it establishes at once. It returns all that
// happened and all that was written.
func converse(t *testing.T, cfg *AcceptConfig, pieces ...[]byte) string {
	a := &Acceptor{}
	a.Init(cfg, dialogueID)
	defer a.Close()
	var log, out []byte
	for _, piece := range pieces {
		b := bytes.Clone(piece)
		a.Feed(b)
		for {
			var ev Event
			ev, out = a.Next(out)
			if ev == NeedMore || ev == Ended {
				break
			}
			log = fmt.Appendf(log, "%v %s %v\n", ev, a.Name(), a.Verdict())
			switch ev {
			case StanzaReady, Dropped:
				log = append(log, a.Stanza().Raw...)
			case Authenticated:
				out = a.Establish(out)
			}
		}
		spoil(b)
	}
	if len(out) > 0 && !bytes.HasPrefix(out, []byte("<?xml version='1.0'?><stream:stream ")) {
		t.Fatalf("not a stream: %s", out)
	}
	if a.State() == Final && !bytes.HasSuffix(out, []byte("</stream:stream>")) {
		t.Fatalf("no end of the stream: %s", out)
	}
	return string(log) + string(out)
}
