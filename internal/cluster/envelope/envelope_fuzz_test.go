// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"math"
	"strings"
	"testing"
)

var examples = []Envelope{
	{Kind: ToComponent, Conn: 7, ID: 1, Epoch: 300, Dest: 1 << 40},
	{Kind: ToComponent, Conn: math.MaxUint32, ID: math.MaxUint64, Epoch: math.MaxUint64, Dest: math.MaxUint64},
	{Kind: ToServer, Conn: 7, ID: 2, Epoch: 3, Name: "bot.example"},
	{Kind: ToServer, Conn: math.MaxUint32, ID: math.MaxUint64, Epoch: math.MaxUint64, Dest: math.MaxUint64, Name: strings.Repeat("n", 1023)},
	{Kind: Answer, Conn: 9},
}

// What is put on comes off, with what follows it; and a piece of it is no envelope.
func TestOpenTakesOffWhatAppendPutsOn(t *testing.T) {
	for _, e := range examples {
		b := e.Append(nil)
		if len(b) > Max {
			t.Errorf("%+v: %d bytes", e, len(b))
		}
		got, rest, ok := Open(append(b[:len(b):len(b)], "<iq/>"...))
		if !ok || got != e || string(rest) != "<iq/>" {
			t.Errorf("%+v: %v, %+v, %q", e, ok, got, rest)
		}
		for n := range len(b) + 1 { // whole, it has no stanza
			if _, _, ok := Open(b[:n]); ok {
				t.Errorf("%+v: %d bytes of %d are one", e, n, len(b))
			}
		}
	}
}

// FuzzOpen: what can be opened says the same when it is written again.
func FuzzOpen(f *testing.F) {
	for _, e := range examples {
		f.Add(append(e.Append(nil), "<iq/>"...))
	}
	f.Add([]byte("U\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x")) // a name without end
	f.Add([]byte("S\xff\xff\xff\xff\x7f\x00\x00\x00x"))                         // a connection that is none
	f.Fuzz(func(t *testing.T, b []byte) {
		e, rest, ok := Open(b)
		if !ok {
			return
		}
		again, same, ok := Open(append(e.Append(nil), rest...))
		if !ok || again != e || string(same) != string(rest) {
			t.Errorf("%q: %+v and %q, then %+v and %q", b, e, rest, again, same)
		}
	})
}
