// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Seeds are the dialogues, the seed stanzas behind each header, and what is committed under testdata/fuzz.
func addSeeds(f *testing.F, add func(in []byte)) {
	for _, d := range dialogues {
		add([]byte(d))
	}
	for i, st := range seedStanzas {
		add([]byte(headers[i%len(headers)] + st))
	}
}

// limitsOf picks the limits for a fuzzed input by its seed.
func limitsOf(seed uint64) Limits {
	if seed%3 == 0 {
		return tight
	}
	return Limits{}
}

// FuzzCuts: the same answer however the input is cut, suspended or resumed, with and without the fast walker.
func FuzzCuts(f *testing.F) {
	addSeeds(f, func(in []byte) { f.Add(in, uint64(len(in))) })
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		if len(in) > 4096 {
			return
		}
		sameHoweverCut(t, in, limitsOf(seed), seed)
		want := perform(Config{}, in, whole)
		if got := performSuspended(in, rand.New(rand.NewPCG(seed, 3))); got.String() != want.String() {
			t.Fatalf("input %q\nwhole:\n%s\nsuspended:\n%s", in, want, got)
		}
	})
}

// FuzzGrammar: the answer of a plain reading of the grammar.
func FuzzGrammar(f *testing.F) {
	addSeeds(f, func(in []byte) { f.Add(in, uint64(len(in))) })
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		if len(in) > 4096 {
			return
		}
		agreesWithNaive(t, in, limitsOf(seed))
	})
}

// FuzzExpat: what we accept expat accepts and sees as we do, what expat accepts we accept, and a stanza that is
// forwarded is to expat the stanza we saw.
func FuzzExpat(f *testing.F) {
	o := startOracle(f, "expat")
	addSeeds(f, func(in []byte) { f.Add(in) })
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 4096 {
			return
		}
		asked := *o
		asked.t = t
		asked.agree(in, wide)
		for _, r := range forwardAll(in) {
			if got, ok := asked.read(r.doc); !ok || got != r.record {
				t.Fatalf("from %q\nas %q\nsees %s\nwants %s", in, r.doc, got, r.record)
			}
		}
	})
}

// FuzzState: whatever state is restored, nothing breaks, and a state that is accepted is written back.
func FuzzState(f *testing.F) {
	for _, d := range dialogues {
		for _, at := range []int{0, len(d) / 2, len(d)} {
			s := New(Config{})
			s.Feed([]byte(d[:at]))
			drain(s, nil, []byte(d[:at]))
			f.Add(s.AppendState(nil), []byte(d[at:]))
		}
	}
	f.Fuzz(func(t *testing.T, state, in []byte) {
		s, err := Restore(Config{}, state)
		if err != nil {
			return
		}
		again, err := Restore(Config{}, s.AppendState(nil))
		if err != nil {
			t.Fatalf("the state of a restored scanner: %v", err)
		}
		a, b := drain(s, nil, nil), drain(again, nil, nil)
		in = bytes.Clone(in)
		s.Feed(in)
		again.Feed(in)
		if a, b = drain(s, a, in), drain(again, b, in); a.String() != b.String() {
			t.Fatalf("restored once:\n%s\ntwice:\n%s", a, b)
		}
	})
}
