// SPDX-License-Identifier: Apache-2.0

package stanza

import "testing"

func TestAddresses(t *testing.T) {
	for _, r := range []struct{ raw, text, bare, domain string }{
		{"b.example", "b.example", "b.example", "b.example"},
		{"a@b.example/r", "a@b.example/r", "a@b.example", "b.example"},
		{"A@B.Example/R", "a@b.example/R", "a@b.example", "B.Example"},
		{"a@b.&#101;xample/x&amp;y", "a@b.example/x&y", "a@b.example", "b.example"},
		{"b.example/a@c/d", "b.example/a@c/d", "b.example", "b.example"},
	} {
		st, _ := scanned(t, "", "<iq from='"+r.raw+"'/>")
		var mem []byte
		a := Normalise(&mem, st.From())
		if string(a.Text) != r.text || string(a.Bare()) != r.bare {
			t.Errorf("%s is %s, bare %s", r.raw, a.Text, a.Bare())
		}
		if domain, ok := DomainOf(st.From()); !ok || string(domain) != r.domain {
			t.Errorf("%s: domain %s", r.raw, domain)
		}
		if !IsAddress(st.From()) || !DomainIs(st.From(), "b.example") || DomainIs(st.From(), "example") || DomainIs(st.From(), r.bare+"x") {
			t.Errorf("%s: is an address %v, of b.example %v", r.raw, IsAddress(st.From()), DomainIs(st.From(), "b.example"))
		}
	}
	for _, raw := range []string{"", "@b.example", "a@", "a@b@c.example", "b.example/", "a b@c.example"} {
		st, _ := scanned(t, "", "<iq from='"+raw+"'/>")
		if IsAddress(st.From()) {
			t.Errorf("%q is an address", raw)
		}
	}
	st, _ := scanned(t, "", "<iq/>")
	if _, ok := DomainOf(st.From()); ok || IsAddress(st.From()) || DomainIs(st.From(), "") {
		t.Error("what is not there is an address")
	}
}
