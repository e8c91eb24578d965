// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"runtime"
	"strings"
	"testing"
)

// A carried stanza whose first part filled its buffer to the last byte made the walker's view begin behind the buffer.
// The garbage collector ended the process over it, and so does checkptr, which comes with the race detector.
func TestViewStaysInItsBuffer(t *testing.T) {
	stanza := "<message><body>" + strings.Repeat("x", 200_000) + "</body></message>"
	for first := 1 << 10; first <= 1<<17; first <<= 1 {
		for _, cut := range []int{first - 1, first, first + 1, first + first/2} {
			s := New(Config{})
			s.Feed([]byte("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>"))
			for _, want := range []Event{Header, NeedMore} {
				if ev, err := s.Next(); ev != want || err != nil {
					t.Fatal(ev, err)
				}
			}
			s.Feed([]byte(stanza[:cut]))
			if ev, err := s.Next(); ev != NeedMore || err != nil {
				t.Fatal(cut, ev, err)
			}
			s.Feed([]byte(stanza[cut:]))
			ev, err := s.Next()
			runtime.GC() // looks at every pointer there is
			if ev != StanzaEvent || err != nil || string(s.Stanza().Raw) != stanza {
				t.Fatal(cut, ev, err)
			}
			s.Close()
		}
	}
}
