// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/freeport"
	"weir/internal/xmpptest"
)

// expectStanza checks the name, the addresses and the type of a stanza ("" for no type).
func expectStanza(t *testing.T, s *xmpptest.Stanza, name, from, to, kind string) {
	t.Helper()
	if s.Name.Local != name || s.Attribute("from") != from || s.Attribute("to") != to || s.Attribute("type") != kind {
		t.Fatalf("received %s\nwant a <%s from='%s' to='%s' type='%s'>", s.Raw, name, from, to, kind)
	}
}

// expectBadRequest checks that s is the stanza error weir gives for a stanza it cannot take (behaviour: modify, bad-request).
func expectBadRequest(t *testing.T, s *xmpptest.Stanza) {
	t.Helper()
	if kind, condition := s.ErrorCondition(); s.Attribute("type") != "error" || kind != "modify" || condition != "bad-request" {
		t.Fatalf("received %s, want an error of type modify with bad-request", s.Raw)
	}
}

// child returns the first child of that local name, whatever its namespace: libraries differ in it.
func child(s *xmpptest.Stanza, local string) *xmpptest.Stanza {
	for _, c := range s.Children {
		if c.Name.Local == local {
			return c
		}
	}
	return nil
}

// identity returns the name of the first identity of a disco#info answer.
func identity(s *xmpptest.Stanza) string {
	query := s.Child(discoInfo, "query")
	if query == nil {
		return ""
	}
	first := query.Child(discoInfo, "identity")
	if first == nil {
		return ""
	}
	return first.Attribute("name")
}

// fixed gives the first listener of a configuration a port that stays its own while weir does not listen there, and on the
// other addresses: one that the kernel chose may be chosen for somebody's connection.
func fixed(t *testing.T, config string) string {
	t.Helper()
	port, err := freeport.Next()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(config, "port = 0", fmt.Sprintf("port = %d", port), 1)
}
