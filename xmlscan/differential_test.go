// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// rounds is how many random inputs a differential test tries: n, fewer in a short run or under the race detector.
func rounds(n int) int {
	if testing.Short() || raceOn {
		return n / 20
	}
	return n
}

// brief is what the scanner says in the words of readNaively.
func brief(cfg Config, in []byte) (out []string, end string) {
	s := New(cfg)
	s.Feed(in)
	for {
		ev, err := s.Next()
		if err != nil {
			return out, string(err.(*Error).Condition)
		}
		switch ev {
		case NeedMore:
			return out, ""
		case Header:
			out = append(out, "header "+string(s.Header().Raw))
		case StanzaEvent:
			st, payload := s.Stanza(), "-"
			if st.Payload() != nil {
				payload = fmt.Sprintf("{%s}%s", st.PayloadNS(), st.Payload())
			}
			out = append(out, fmt.Sprintf("stanza %s payload %s", st.Raw, payload))
		case StreamEnd:
			out = append(out, "end")
		}
	}
}

// agreesWithNaive reports a difference between the scanner and the plain reading of the grammar.
func agreesWithNaive(t *testing.T, in []byte, l Limits) {
	t.Helper()
	wantOut, wantEnd := readNaively(in, l)
	out, end := brief(Config{Limits: l}, in)
	if end != wantEnd || strings.Join(out, "\n") != strings.Join(wantOut, "\n") {
		t.Fatalf("input %q\nscanner: %q %q\ngrammar: %q %q", in, out, end, wantOut, wantEnd)
	}
}

// tight are limits that small inputs meet.
var tight = Limits{StanzaBytes: 150, HeaderBytes: 140, Depth: 3, Attributes: 4, Elements: 5, NameBytes: 9, NamespaceDecls: 2, NamespaceBytes: 20}

func TestScannerAgreesWithTheGrammar(t *testing.T) {
	s := newSampler(1)
	for range rounds(60000) {
		agreesWithNaive(t, s.mutated(), Limits{})
		agreesWithNaive(t, s.mutated(), tight)
	}
}

// sameHoweverCut reports a difference between feeding in whole, byte by byte, in the given cuts, with and
// without the fast walker.
func sameHoweverCut(t *testing.T, in []byte, l Limits, seed uint64) {
	t.Helper()
	want := perform(Config{Limits: l}, in, whole)
	careful := NewScratch()
	careful.slow = true
	if got := perform(Config{Limits: l, Scratch: careful}, in, whole); got.String() != want.String() {
		t.Fatalf("input %q\nfast walker:\n%s\ncomplete walker:\n%s", in, want, got)
	}
	for name, cut := range cutters(seed) {
		if got := perform(Config{Limits: l}, in, cut); got.String() != want.String() {
			t.Fatalf("input %q\nwhole:\n%s\n%s:\n%s", in, want, name, got)
		}
	}
}

// cutters are the ways of feeding that the whole feed is compared with.
func cutters(seed uint64) map[string]cutter {
	r := rand.New(rand.NewPCG(seed, 2))
	edges := []int{1, 2, 3, 4, 31, 32, 33, 63, 64, 65}
	return map[string]cutter{
		"byte by byte":   single,
		"small pieces":   func(at, rest int) int { return 1 + r.IntN(9) },
		"vector edges":   func(at, rest int) int { return edges[r.IntN(len(edges))] },
		"random halves":  func(at, rest int) int { return 1 + r.IntN(rest) },
		"one early byte": func(at, rest int) int { return max(at*rest, 1) },
	}
}

func TestVerdictDoesNotDependOnTheCuts(t *testing.T) {
	s := newSampler(2)
	for i := range rounds(15000) {
		l := Limits{}
		if i%3 == 0 {
			l = tight
		}
		in := s.mutated()
		if i%4 == 0 {
			in = s.stream()
		}
		sameHoweverCut(t, in, l, uint64(i))
	}
}
