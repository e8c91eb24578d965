// SPDX-License-Identifier: Apache-2.0

package hostile

import (
	"bytes"
	"fmt"
	"testing"

	"weir/xmlscan"
)

// What is addressed to a good component is malformed by a strict judge, but for
// what ends in the middle; what is not may be too much only.
func TestKindsAreMalformed(t *testing.T) {
	const victim = "r@c1.example/w"
	seen := map[string]bool{}
	for _, k := range Kinds {
		if seen[k.Name] || k.What == "" {
			t.Errorf("%s: there twice, or not explained", k.Name)
		}
		seen[k.Name] = true
		sent := k.bytes("x@c9.example/x", victim)
		if k.tail != nil {
			sent = append(sent, k.tail()...)
		}
		if !k.login || k.leave || !bytes.Contains(sent, []byte(victim)) {
			continue
		}
		scan := xmlscan.New(xmlscan.Config{})
		scan.Feed(append(fmt.Appendf(nil, header, "c9.example"), sent...))
		for {
			event, err := scan.Next()
			if err != nil {
				break
			}
			if event == xmlscan.NeedMore || event == xmlscan.StanzaEvent {
				t.Errorf("%s: %v, taken for well-formed: %.100s", k.Name, event, sent)
				break
			}
		}
	}
}

func TestNamed(t *testing.T) {
	kinds, err := Named([]string{"deep", "tags"})
	if err != nil || len(kinds) != 2 || kinds[0].Name != "deep" {
		t.Errorf("%v: %+v", err, kinds)
	}
	if _, err := Named([]string{"tags", ""}); err == nil {
		t.Error("a kind without a name")
	}
}

func TestConditionOfAStreamError(t *testing.T) {
	for heard, want := range map[string]string{
		"<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>":           "not-well-formed",
		`<stream:error xmlns:stream="http://etherx.jabber.org/streams"><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>`: "conflict",
		"<message type='error'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>":      "",
		"": "",
	} {
		if got := condition([]byte(heard)); got != want {
			t.Errorf("%q: %q, want %q", heard, got, want)
		}
	}
}
