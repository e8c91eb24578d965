// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"strings"
	"testing"
)

// A namespace with the character in it that a receiver's parser puts between namespace and local name (Python's
// '}', a line feed in fast_xml, '|' in jabberd2) ends that receiver's stream. So who forwards must know of it,
// wherever it stands and whichever walker reads it.
func TestOddNamespace(t *testing.T) {
	const header = `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' ` +
		`xmlns:p='urn:}' xmlns:q='urn:&quot;q'>`
	for _, tt := range []struct {
		name, in string
		odd      bool
	}{
		{"brace", "<m xmlns='a}b'/>", true},
		{"other brace", "<m xmlns='{b'/>", true},
		{"bar", "<m xmlns='a|b'/>", true},
		{"caret", "<m xmlns='^'/>", true},
		{"blank", "<m xmlns='a b'/>", true},
		{"tab", "<m xmlns='a\tb'/>", true},
		{"line feed", "<m xmlns='a\nb'/>", true},
		{"line feed by reference", "<m xmlns='a&#10;b'/>", true},
		{"brace by reference", "<m xmlns='a&#x7d;b'/>", true},
		{"in double quotes", `<m xmlns="a}b"/>`, true},
		{"prefix", "<m xmlns:x='a}b'/>", true},
		{"prefix in use", "<x:m xmlns:x='a}b'/>", true},
		{"first child", "<m><x xmlns='a}b'/></m>", true},
		{"second child", "<m><x/><x xmlns='a}b'></x></m>", true},
		{"deep", "<m><x><y><z xmlns='a}b'/></y></x></m>", true},
		{"deep, prefix", "<m><x><y><z xmlns:x='a b'/></y></x></m>", true},
		{"behind many", "<m>" + strings.Repeat("<x xmlns='urn:x'/>", 50) + "<x xmlns='urn:}'/></m>", true},
		{"header's", "<m><p:x/></m>", true},
		{"header's, of an attribute", "<m p:x='1'/>", true},
		{"header's, not used", "<m/>", false},
		{"header's, declared anew", "<m><p:x xmlns:p='urn:p'/></m>", false},
		{"header's, not odd", "<m><q:x/></m>", false},
		{"URIs", "<m xmlns='http://a.example/b?c=d&amp;e=f#g%20h'><x xmlns='urn:xmpp:ping'/><y xmlns=\"o'~[]@:!$()*+,;=-._\"/></m>", false},
		{"IRI", "<m xmlns='urn:bücher-本'/>", false},
		{"none", "<m xmlns=''/>", false},
		{"elsewhere", "<m a='{}' b=\"x y|^\"><x>{|}</x></m>", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sameHoweverCut(t, []byte(header+tt.in), Limits{}, 1)
			// Before and behind it are others, which have nothing of it.
			p := perform(Config{}, []byte(header+"<m/>"+tt.in+"<m/>"), whole)
			for i, want := range []bool{false, tt.odd, false} {
				if got := strings.HasSuffix(p[1+i], " odd"); got != want {
					t.Errorf("stanza %d: odd is %v, want %v, in\n%s", i, got, want, p)
				}
			}
		})
	}
}

// Every byte is judged alike wherever it stands, in names of every length.
func TestOddURI(t *testing.T) {
	for n := 1; n < 40; n++ {
		for at := range n {
			b := []byte(strings.Repeat("a:_~/", 8)[:n])
			for c := range 256 {
				b[at] = byte(c)
				if got, want := oddURI(b), strings.IndexByte("{|}^`\\\x7f", byte(c)) >= 0 || c <= ' '; got != want {
					t.Fatalf("%q: %v", b, got)
				}
			}
		}
	}
	if oddURI(nil) {
		t.Error("no namespace is odd")
	}
}

func BenchmarkOddURI(b *testing.B) {
	uri := []byte("http://jabber.org/protocol/disco#info")
	for b.Loop() {
		if oddURI(uri) {
			b.Fatal("it is not")
		}
	}
}
