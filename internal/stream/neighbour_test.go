// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"strings"
	"testing"

	"weir/xmlscan"
)

// Streams of one loop share their scanner's memory. However one ends, in the
// middle of whatever, the next one on that loop begins as if it were alone.
func TestNothingIsLeftToTheNextStream(t *testing.T) {
	life := strings.TrimPrefix(hello, "peer> ") + "<message a='1'/><handshake>" + proofOf("secret") + "</handshake>" +
		"<message xmlns:x='y'><x:b>é</x:b><![CDATA[]]]></message><iq/></stream:stream>"
	ends := map[string]func(a *Acceptor){
		"closed": (*Acceptor).Close,
		"failed": func(a *Acceptor) { a.Fail(nil, "connection-timeout", "") },
		"exported and closed": func(a *Acceptor) {
			a.AppendState(nil)
			a.Close()
		},
	}
	cfg := &AcceptConfig{Passwords: []string{"secret"}, Scan: xmlscan.Config{Scratch: xmlscan.NewScratch()}}
	want := converse(t, cfg, []byte(life))
	for name, end := range ends {
		for n := range len(life) {
			a := &Acceptor{}
			a.Init(cfg, dialogueID)
			a.Feed([]byte(life[:n]))
			for ev := Opened; ev != NeedMore && ev != Ended; {
				if ev, _ = a.Next(nil); ev == Authenticated {
					a.Establish(nil)
				}
			}
			end(a)
			if got := converse(t, cfg, []byte(life)); got != want {
				t.Fatalf("behind one %s at byte %d:\n%s\nwant:\n%s", name, n, got, want)
			}
		}
	}
}
