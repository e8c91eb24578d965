// SPDX-License-Identifier: Apache-2.0

package jid

import (
	"errors"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	rows := []struct{ name, in, want string }{
		{"already normal", "alice@example.org/Phone", "alice@example.org/Phone"},
		{"case of node and domain", "ALICE@Example.ORG/Phone", "alice@example.org/Phone"},
		{"trailing dot", "example.org./r", "example.org/r"},
		{"A-label becomes U-label", "xn--bcher-kva.example", "bücher.example"},
		{"A-label in capitals", "XN--BCHER-KVA.example", "bücher.example"},
		{"U-label in capitals", "BÜCHER.example", "bücher.example"},
		{"decomposed U-label", "bu\u0308cher.example", "bücher.example"},
		{"full-width domain", "ｅｘａｍｐｌｅ．org", "example.org"},
		{"ideographic full stop", "a。b。", "a.b"},
		{"sharp s stays", "straße.example", "straße.example"},
		{"IPv6", "[2001:DB8:0:0::1]/r", "[2001:db8::1]/r"},
		{"full-width node", "ａｌｉｃｅ@example.org", "alice@example.org"},
		{"node in capitals", "ΣΩΚΡΆΤΗΣ@example.org", "σωκράτησ@example.org"},
		{"decomposed node", "e\u0301@example.org", "é@example.org"},
		{"case of a resource stays", "a@b/ΣA", "a@b/ΣA"},
		{"other blank in resource", "a@b/my\u00a0phone", "a@b/my phone"},
		{"decomposed resource", "a@b/e\u0301", "a@b/é"},
		{"solidus in resource", "A@B/C/D", "a@b/C/D"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := Normalize([]byte("+"), []byte(row.in))
			if err != nil || string(got) != "+"+row.want {
				t.Fatalf("Normalize(%q) = %q, %v, want %q", row.in, got, err, row.want)
			}
			if p, ok := Parse(got[1:]); !ok || !p.Normal || !p.Plain {
				t.Errorf("%q is not called normal: %+v", got[1:], p)
			}
		})
	}
}

func TestNormalizeNamesTheFault(t *testing.T) {
	rows := []struct {
		in   string
		want error
	}{
		{"", ErrDomain},
		{"a@b@c", ErrDomain},
		{"@b", ErrNode},
		{"♚@b", ErrNode},
		{"b/", ErrResource},
		{"b/\x00", ErrResource},
		{a1023 + "a@b", ErrTooLong},
		{a1023 + "a", ErrTooLong},
		{"b/" + a1023 + "a", ErrTooLong},
		// Mapping may make a part longer: U+0390 and the like decompose, so
		// the limit is asked again of what comes out.
		{strings.Repeat("㌀", 200), ErrTooLong},
	}
	for _, row := range rows {
		for _, f := range []func(dst, b []byte) ([]byte, error){Normalize, Bare} {
			if got, err := f(nil, []byte(row.in)); !errors.Is(err, row.want) || got != nil {
				t.Errorf("%.30q: %q, %v, want %v", row.in, got, err, row.want)
			}
		}
	}
}

func TestNormalizeDomainRefusesAddresses(t *testing.T) {
	for _, in := range []string{"a@b", "b/c", "@b", "b/", "a@b/c"} {
		if got, err := NormalizeDomain(nil, []byte(in)); !errors.Is(err, ErrDomain) {
			t.Errorf("NormalizeDomain(%q) = %q, %v", in, got, err)
		}
	}
}

func TestBare(t *testing.T) {
	rows := []struct {
		a, b  string
		equal bool
	}{
		{"a@b", "a@b/c", true},
		{"A@B/x", "a@b./y", true},
		{"b", "b/c", true},
		{"xn--bcher-kva", "bücher", true},
		{"a@b", "b", false},
		{"a@b", "a@c", false},
		{"b/a", "a@b", false},
		{"a@b", "a@b/", false}, // not an address
		{"@", "@", false},
	}
	for _, row := range rows {
		a, errA := Bare(nil, []byte(row.a))
		b, errB := Bare(nil, []byte(row.b))
		if same := errA == nil && errB == nil && string(a) == string(b); same != row.equal {
			t.Errorf("Bare of %q is %q, of %q is %q", row.a, a, row.b, b)
		}
	}
}

func TestMappingDoesNotWriteIntoItsSource(t *testing.T) {
	for _, in := range []string{"ÀB@ÀB.example/À B", "ALICE@EXAMPLE.ORG./R"} {
		b := []byte(in)
		if _, err := Normalize(nil, b); err != nil || string(b) != in {
			t.Errorf("Normalize(%q) left %q, %v", in, b, err)
		}
	}
}
