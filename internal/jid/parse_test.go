// SPDX-License-Identifier: Apache-2.0

package jid

import (
	"strings"
	"testing"
)

// a1023 is a part of the greatest length.
var a1023 = strings.Repeat("a", partBytesMax)

// parseRows: what comes, and how it is cut. bad means that it is no address.
// plain and normal are written out: "P" domain in normal form, "N" all of it.
var parseRows = []struct {
	name, in               string
	node, domain, resource string
	flags                  string
}{
	{"domain", "chat.example.org", "", "chat.example.org", "", "PN"},
	{"one label", "chat", "", "chat", "", "PN"},
	{"bare", "alice@example.org", "alice", "example.org", "", "PN"},
	{"full", "alice@example.org/phone", "alice", "example.org", "phone", "PN"},
	{"domain with resource", "example.org/phone", "", "example.org", "phone", "PN"},
	{"at sign in resource", "example.org/a@b", "", "example.org", "a@b", "PN"},
	{"solidus in resource", "a@example.org/b/c@d/e", "a", "example.org", "b/c@d/e", "PN"},
	{"blank in resource", "a@example.org/my phone", "a", "example.org", "my phone", "PN"},
	{"quotes in resource", `a@example.org/"'<>&`, "a", "example.org", `"'<>&`, "PN"},
	{"capital in resource", "a@example.org/Phone", "a", "example.org", "Phone", "PN"},
	{"capital in node", "Alice@example.org", "Alice", "example.org", "", "P"},
	{"capital in domain", "alice@Example.org", "alice", "Example.org", "", ""},
	{"trailing dot", "alice@example.org.", "alice", "example.org.", "", ""},
	{"trailing dot and resource", "example.org./r", "", "example.org.", "r", ""},
	{"underscore", "my_component.lan", "", "my_component.lan", "", "PN"},
	{"hyphens", "-a-b-.lan", "", "-a-b-.lan", "", "PN"},
	{"two hyphens, no A-label", "a--b.lan", "", "a--b.lan", "", "PN"},
	{"IPv4", "192.0.2.1", "", "192.0.2.1", "", "PN"},
	{"IPv6", "a@[2001:db8::1]/r", "a", "[2001:db8::1]", "r", "PN"},
	{"IPv6 not in shortest form", "[2001:DB8:0::1]", "", "[2001:DB8:0::1]", "", ""},
	{"dots in node", "..a..@example.org", "..a..", "example.org", "", "PN"},
	{"escaped node, XEP-0106", `d\27artagnan@example.org`, `d\27artagnan`, "example.org", "", "PN"},
	{"punctuation in node", "!#$%()*+,-.;=?[\\]^_`{|}~@x", "!#$%()*+,-.;=?[\\]^_`{|}~", "x", "", "PN"},
	{"U-label", "bücher.example", "", "bücher.example", "", "PN"},
	{"U-label, capital", "Bücher.example", "", "Bücher.example", "", ""},
	{"A-label", "xn--bcher-kva.example", "", "xn--bcher-kva.example", "", ""},
	{"node in another script", "σωκράτης@example.org", "σωκράτης", "example.org", "", "PN"},
	{"resource in another script", "a@example.org/тест", "a", "example.org", "тест", "PN"},
	{"emoji in resource", "a@example.org/📱", "a", "example.org", "📱", "PN"},
	{"longest parts", a1023 + "@" + a1023 + "/" + a1023, a1023, a1023, a1023, "PN"},

	{"empty", "", "", "", "", "bad"},
	{"only at signs", "@@@", "", "", "", "bad"},
	{"only an at sign", "@", "", "", "", "bad"},
	{"only a solidus", "/", "", "", "", "bad"},
	{"only a dot", ".", "", "", "", "bad"},
	{"empty node", "@example.org", "", "", "", "bad"},
	{"empty domain after node", "alice@", "", "", "", "bad"},
	{"empty domain before resource", "/phone", "", "", "", "bad"},
	{"empty domain between", "alice@/phone", "", "", "", "bad"},
	{"empty resource", "alice@example.org/", "", "", "", "bad"},
	{"empty resource of a domain", "example.org/", "", "", "", "bad"},
	{"two at signs", "a@b@example.org", "", "", "", "bad"},
	{"two at signs at the end", "a@example.org@", "", "", "", "bad"},
	{"leading dot", ".example.org", "", "", "", "bad"},
	{"empty label", "example..org", "", "", "", "bad"},
	{"two trailing dots", "example.org..", "", "", "", "bad"},
	{"blank in domain", "exa mple.org", "", "", "", "bad"},
	{"blank in front", " example.org", "", "", "", "bad"},
	{"colon in domain", "example.org:5222", "", "", "", "bad"},
	{"markup in domain", "<x>", "", "", "", "bad"},
	{"quote in domain", "a'b", "", "", "", "bad"},
	{"entity in domain", "a&b", "", "", "", "bad"},
	{"blank in node", "a b@example.org", "", "", "", "bad"},
	{"quote in node", "d'artagnan@example.org", "", "", "", "bad"},
	{"double quote in node", `a"b@example.org`, "", "", "", "bad"},
	{"ampersand in node", "a&b@example.org", "", "", "", "bad"},
	{"colon in node", "a:b@example.org", "", "", "", "bad"},
	{"less-than in node", "a<b@example.org", "", "", "", "bad"},
	{"greater-than in node", "a>b@example.org", "", "", "", "bad"},
	{"tab in resource", "a@example.org/a\tb", "", "", "", "bad"},
	{"NUL in node", "a\x00@example.org", "", "", "", "bad"},
	{"DEL in resource", "a@example.org/\x7f", "", "", "", "bad"},
	{"not UTF-8, node", "a\xff@example.org", "", "", "", "bad"},
	{"not UTF-8, domain", "exa\xc3mple.org", "", "", "", "bad"},
	{"not UTF-8, resource", "a@example.org/\xed\xa0\x80", "", "", "", "bad"},
	{"open bracket", "[::1", "", "", "", "bad"},
	{"closing bracket", "::1]", "", "", "", "bad"},
	{"text behind bracket", "[::1]x", "", "", "", "bad"},
	{"port behind bracket", "[::1]:5347", "", "", "", "bad"},
	{"IPv6 with zone", "[fe80::1%eth0]", "", "", "", "bad"},
	{"IPv6 without brackets", "::1", "", "", "", "bad"},
	{"IPv4 in brackets", "[192.0.2.1]", "", "", "", "bad"},
	{"empty brackets", "[]", "", "", "", "bad"},
	{"only a bracket", "[", "", "", "", "bad"},
	{"bad A-label", "xn--\x2d.example", "", "", "", "bad"},
	{"A-label of plain ASCII", "xn--abc-.example", "", "", "", "bad"},
	{"full-width at sign in node", "a＠b@example.org", "", "", "", "bad"},
	{"full-width at sign in domain", "a＠b", "", "", "", "bad"},
	{"full-width solidus in domain", "a／b", "", "", "", "bad"},
	{"full-width quote in node", "a＇b@example.org", "", "", "", "bad"},
	{"ideographic full stops", "a。。b", "", "", "", "bad"},
	{"ideographic and ASCII dot at the end", "a。.", "", "", "", "bad"},
	{"ideographic full stop in front", "。a", "", "", "", "bad"},
	{"symbol in node", "♚@example.org", "", "", "", "bad"},
	{"superscript in node", "foo²@example.org", "", "", "", "bad"},
	{"mixed direction in node", "אa1-@example.org", "", "", "", "bad"},
	{"unassigned in resource", "a@example.org/\U000E0FFF", "", "", "", "bad"},
	{"node too long", a1023 + "a@b", "", "", "", "bad"},
	{"domain too long", a1023 + "a", "", "", "", "bad"},
	{"domain too long but for its dot", a1023 + ".", "", "", "", "bad"},
	{"resource too long", "a/" + a1023 + "a", "", "", "", "bad"},
	{"whole too long", a1023 + "@" + a1023 + "/" + a1023 + "a", "", "", "", "bad"},
}

func TestParse(t *testing.T) {
	for _, row := range parseRows {
		t.Run(row.name, func(t *testing.T) {
			p, ok := Parse([]byte(row.in))
			if ok != (row.flags != "bad") {
				t.Fatalf("Parse(%.60q) ok = %v", row.in, ok)
			}
			if !ok {
				if p.Node != nil || p.Domain != nil || p.Resource != nil || p.Plain || p.Normal {
					t.Errorf("a refused address has parts: %+v", p)
				}
				return
			}
			if string(p.Node) != row.node || string(p.Domain) != row.domain || string(p.Resource) != row.resource {
				t.Errorf("Parse(%.60q) = %.40q %.40q %.40q", row.in, p.Node, p.Domain, p.Resource)
			}
			if got := flagsOf(p); got != row.flags {
				t.Errorf("Parse(%.60q) flags %q, want %q", row.in, got, row.flags)
			}
		})
	}
}

// The domain alone must be judged as it is judged inside an address.
func TestParseAndNormalizeDomainAgree(t *testing.T) {
	for _, row := range parseRows {
		if strings.ContainsAny(row.in, "@/") {
			continue
		}
		_, ok := Parse([]byte(row.in))
		_, err := NormalizeDomain(nil, []byte(row.in))
		if ok != (err == nil) {
			t.Errorf("%s: Parse says %v, NormalizeDomain %v", row.name, ok, err)
		}
	}
}

func TestPartsDoNotGrowIntoTheirNeighbours(t *testing.T) {
	b := []byte("alice@example.org/phone")
	p, _ := Parse(b)
	_, _ = append(p.Node, "XX"...), append(p.Domain, "XX"...)
	if string(b) != "alice@example.org/phone" {
		t.Errorf("appending to a part wrote into the address: %q", b)
	}
}

func flagsOf(p Parts) (s string) {
	if p.Plain {
		s += "P"
	}
	if p.Normal {
		s += "N"
	}
	return s
}
