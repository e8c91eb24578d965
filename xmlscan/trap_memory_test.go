// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestTrap15CountersBeginAnewWithEachStanza(t *testing.T) {
	attrs := strings.Repeat(" ", 3)
	for i := range 63 {
		attrs += fmt.Sprintf(" a%d='%d'", i, i)
	}
	deep := strings.Repeat("<m>", 64) + strings.Repeat("</m>", 64)
	decls := "<m" + declarations(60) + "></m>"
	spring(t, hdr, []trap{
		{"depth", deep + deep, "", 0},
		{"empty element at the greatest depth", strings.Repeat("<m>", 63) + "<m/>" + strings.Repeat("</m>", 63), "", 0},
		{"empty element beyond it", strings.Repeat("<m>", 64) + "<m/>", PolicyViolation, 64 * 3},
		{"attributes", "<m" + attrs + "><m" + attrs + "/></m><m" + attrs + "></m>", "", 0},
		{"declarations", decls + decls, "", 0},
		{"declarations of brothers", "<m>" + decls + decls + "</m>", "", 0},
		{"declarations of father and son", "<m" + declarations(60) + "><m" + declarations(60) + "/></m>", PolicyViolation, -1},
	})
	p := perform(Config{}, []byte(hdr+"<m from='a' to='b' id='c'><p xmlns='u'/></m><m type='d'/>"), whole)
	if want := "payload  {} from - to - type \"d\" id - lang -"; len(p) != 3 || !strings.Contains(p[2], want) {
		t.Errorf("%s\nwants, behind a stanza with everything, %s", p, want)
	}
}

// What lies behind the data, and what an earlier, longer window left in the bitmaps, must raise nothing.
func TestTrap17NothingIsSeenBehindTheData(t *testing.T) {
	for _, d := range dialogues {
		for _, garbage := range []string{"\x00\xff\x01", "<<<", "'\"'\"", "]]>", "\x80\xbf\x80"} {
			room := []byte(d + strings.Repeat(garbage, 100))
			cfg := Config{Scratch: NewScratch()}
			for n := range len(d) {
				want := perform(Config{}, []byte(d[:n]), whole)
				perform(cfg, bytes.Repeat([]byte("<&>'\" \x01"), 100), whole)
				s := New(cfg)
				s.Feed(room[:n])
				if got := drain(s, nil, room[:n]); got.String() != want.String() {
					t.Fatalf("%q before %q:\n%s\nalone:\n%s", d[:n], garbage, got, want)
				}
				s.Close()
			}
		}
	}
}

// Views survive every move of the bytes they show: into the carry buffer, and from buffer to larger buffer.
func TestTrap18ViewsSurviveMoves(t *testing.T) {
	body := strings.Repeat("<p:x p:y='z'>téxt</p:x>", 3000)
	in := []byte("<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='n' xmlns:p='u&amp;v'>" +
		"<iq from='a&amp;b' to='c' id='1' xml:lang='en' xmlns='m&#110;'><q:query xmlns:q='q'>" + body + "</q:query></iq></s:stream>")
	want := perform(Config{}, in, whole)
	if len(want) != 3 || !strings.Contains(want[1], "payload query {q} from \"a&b\" to \"c\" type - id \"1\" lang \"en\" prefixes 10") {
		t.Fatalf("%.2000s", want)
	}
	for _, n := range []int{1, 100, 511, 512, 513, 1024, 1460, 4096, 40000} {
		if got := perform(Config{}, in, func(int, int) int { return n }); got.String() != want.String() {
			t.Errorf("feeds of %d: another answer", n)
		}
	}
}

// Names are compared by their first 8 bytes and their length, then as a whole; loads of 8 bytes reach over a short
// name's end. Every pair of like names must stay apart, and every name close only itself.
func TestTrap19NamesThatAreNearlyTheSame(t *testing.T) {
	var names []string
	for n := 1; n <= 20; n++ {
		names = append(names, strings.Repeat("a", n), strings.Repeat("a", n-1)+"b", "b"+strings.Repeat("a", n-1))
	}
	all := attributesOfEveryHash()   // so that no two names are taken for different by their hashes alone
	slack := strings.Repeat(" ", 16) // enough for the fast walker to take the tag
	for i, a := range names {
		for j, b := range names {
			same := a == b
			in := []byte(hdr + "<" + a + "></" + b + ">" + slack)
			if p := perform(Config{}, in, whole); strings.Contains(p.String(), "error") == same {
				t.Errorf("<%s></%s>: %s", a, b, p[len(p)-1])
			}
			in = []byte(hdr + "<m " + a + "='1' " + b + "='2'/>" + slack)
			if p := perform(Config{}, in, whole); strings.Contains(p.String(), "error") != same {
				t.Errorf("attributes %s and %s (%d, %d): %s", a, b, i, j, p[len(p)-1])
			}
			in = []byte(hdr + "<m" + all + " " + a + "='1' " + b + "='2'/>" + slack)
			if p := perform(Config{Limits: Limits{Attributes: 66}}, in, whole); strings.Contains(p.String(), "error") != same {
				t.Errorf("attributes %s and %s behind one of every hash: %s", a, b, p[len(p)-1])
			}
		}
	}
}

// attributesOfEveryHash returns 64 attributes, no two of one hash.
func attributesOfEveryHash() string {
	var b strings.Builder
	for i, seen := 0, uint64(0); seen != 1<<64-1; i++ {
		name := fmt.Sprintf("z%d", i)
		if h := nameHash(key([]byte(name)), len(name)); seen>>h&1 == 0 {
			seen |= 1 << h
			b.WriteString(" " + name + "=''")
		}
	}
	return b.String()
}
