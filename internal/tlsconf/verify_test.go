// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"crypto/tls"
	"testing"

	"weir/internal/tlsconf/tlstest"
)

// Each kind of client certificate meets each way to judge it.
func TestClientCertificates(t *testing.T) {
	s := newSet(t)
	stranger := tlstest.NewCA(t, t.TempDir(), "stranger")
	revoked := s.Issue("revoked", tlstest.Want{})
	crl := s.Revoke("revoked", false, revoked)
	clients := map[string][]tlstest.Cert{
		"right":               {s.Issue("right", tlstest.Want{})},
		"none":                nil,
		"a stranger's":        {stranger.Issue("stranger", tlstest.Want{})},
		"expired":             {s.Issue("expired", tlstest.Want{Over: true})},
		"self-signed":         {s.Issue("self", tlstest.Want{SelfSigned: true})},
		"self-signed, over":   {s.Issue("self-over", tlstest.Want{SelfSigned: true, Over: true})},
		"a server's":          {s.Issue("server-only", tlstest.Want{ServerOnly: true})},
		"a server's own word": {s.Issue("self-server", tlstest.Want{SelfSigned: true, ServerOnly: true})},
		"revoked":             {revoked},
	}
	const unknown = "unknown authority"
	rows := []struct {
		name string
		set  func(*Options)
		bad  map[string]string // why not; who is not here is taken
	}{
		{"peer", nil, map[string]string{
			"none": "didn't provide a certificate", "a stranger's": unknown, "expired": "expired", "self-signed": unknown,
			"self-signed, over": "expired", "a server's": "key usage", "a server's own word": unknown, "revoked": "is revoked",
		}},
		{"selfsigned_peer", func(o *Options) { o.Verify = VerifySelfSigned }, map[string]string{
			"none": "didn't provide a certificate", "a stranger's": unknown, "expired": "expired",
			"self-signed, over": "expired", "a server's": "key usage", "a server's own word": unknown, "revoked": "is revoked",
		}},
		{"none", func(o *Options) { o.Verify = VerifyNone }, nil},
		{"peer without a list", func(o *Options) { o.CRLFiles = nil }, map[string]string{
			"none": "didn't provide a certificate", "a stranger's": unknown, "expired": "expired", "self-signed": unknown,
			"self-signed, over": "expired", "a server's": "key usage", "a server's own word": unknown,
		}},
		{"lenient", func(o *Options) { o.Lenient = true }, nil},
		{"the system's authorities", func(o *Options) { o.CACertFile = "" }, map[string]string{
			"right": unknown, "none": "didn't provide a certificate", "a stranger's": unknown, "expired": "expired", "self-signed": unknown,
			"self-signed, over": "expired", "a server's": unknown, "a server's own word": unknown, "revoked": unknown,
		}},
	}
	for _, r := range rows {
		server := load(t, s.options(func(o *Options) {
			o.CRLFiles = []string{crl}
			if r.set != nil {
				r.set(o)
			}
		}))
		for name, certs := range clients {
			t.Run(r.name+"/"+name, func(t *testing.T) {
				if why, bad := r.bad[name]; bad {
					refuses(t, server.Config, s.client(t, certs...), why)
				} else {
					takes(t, server.Config, s.client(t, certs...))
				}
			})
		}
	}
}

// A list of another authority with the same name, or with the same number in
// it, says nothing about ours.
func TestListsOfOthers(t *testing.T) {
	s := newSet(t)
	c := s.Issue("client", tlstest.Want{})
	namesake := tlstest.NewCA(t, t.TempDir(), "ca")
	other := tlstest.NewCA(t, t.TempDir(), "other")
	server := load(t, s.options(func(o *Options) {
		o.CRLFiles = []string{namesake.Revoke("namesake", false, c), other.Revoke("other", false, c)}
	}))
	takes(t, server.Config, s.client(t, c))
}

// A list past its time still revokes, and it is said.
func TestOldListsCount(t *testing.T) {
	s := newSet(t)
	c := s.Issue("client", tlstest.Want{})
	server := load(t, s.options(func(o *Options) { o.CRLFiles = []string{s.Revoke("old", true, c)} }))
	refuses(t, server.Config, s.client(t, c), "is revoked")
	if len(server.Warnings) != 1 {
		t.Errorf("warnings: %q", server.Warnings)
	}
}

// Sessions are resumed if that is wanted, and a revoked client's is not.
func TestTickets(t *testing.T) {
	s := newSet(t)
	cert := s.Issue("client", tlstest.Want{})
	for _, tickets := range []bool{false, true} {
		server := load(t, s.options(func(o *Options) { o.Tickets = tickets }))
		client := s.client(t, cert)
		client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		takes(t, server.Config, client)
		st, err := shake(t, server.Config, client)
		if err != nil || st.DidResume != tickets {
			t.Errorf("tickets %v: resumed %v, %v", tickets, st.DidResume, err)
		}
		revoking := server.Config.Clone() // with the keys of the tickets
		revoking.VerifyConnection = load(t, s.options(func(o *Options) {
			o.CRLFiles = []string{s.Revoke("now", false, cert)}
		})).Config.VerifyConnection
		if _, err := shake(t, revoking, client); err == nil {
			t.Errorf("tickets %v: a client that was revoked meanwhile is taken", tickets)
		}
	}
}
