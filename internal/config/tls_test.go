// SPDX-License-Identifier: Apache-2.0

package config

import (
	"path/filepath"
	"strings"
	"testing"

	"weir/internal/tlsconf/tlstest"
)

// These tests are about the keys of [listen.component.tls] and the files they
// name; what certificates then do is tested in internal/tlsconf.

// tlsDir is a directory with what a configuration may name.
func tlsDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ca := tlstest.NewCA(t, dir, "ca")
	ca.Revoke("revoked", false, ca.Issue("cert", tlstest.Want{DNS: []string{"weir.example"}}))
	ca.Issue("other", tlstest.Want{DNS: []string{"other.example"}})
	ca.Issue("over", tlstest.Want{Over: true})
	write(t, filepath.Join(dir, "empty.pem"), "nothing\n")
	write(t, filepath.Join(dir, "right.secret"), "hunter2\n")
	return dir
}

// tlsText is a file with a listener; the keys of its TLS begin in line 5.
func tlsText(listener string, keys ...string) string {
	return "[[listen.component]]\nport = 0\n" + listener + "\n[listen.component.tls]\n" + strings.Join(keys, "\n") + "\n"
}

const (
	withPassword = "password = 'secret'"
	ourPair      = "certfile = 'cert.pem'\nkeyfile = 'cert.key'"
)

func TestTLSIsRead(t *testing.T) {
	dir := tlsDir(t)
	c, errs := Parse(filepath.Join(dir, "weir.toml"), []byte(tlsText(withPassword, ourPair,
		"certificates = [{certfile = 'other.pem', keyfile = 'other.key'}, {certfile = 'over.pem', keyfile = 'over.key', password = 'unneeded'}]",
		"cacertfile = 'ca.pem'", "crl_files = ['revoked.crl']", "ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256'", "versions = ['tlsv1.2']",
		"session_tickets = 'stateless'", "identity = 'certificate'", "mode = 'tls'", "early_data = false")))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	s := c.Listeners[0].TLS.Server
	if s == nil || len(s.Config.Certificates) != 3 || s.Config.SessionTicketsDisabled || len(s.Config.CipherSuites) != 1 || len(s.Expiries) != 3 {
		t.Errorf("%+v", s)
	}
	if len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "over.pem expired") {
		t.Errorf("notes: %q", c.Notes)
	}
	if text := c.Effective(); strings.Contains(text, "unneeded") || !strings.Contains(text, `keyfile = "`+filepath.Join(dir, "over.key")+`", password = "***"}]`) {
		t.Errorf("the effective configuration:\n%s", text)
	}
	plain, errs := Parse(filepath.Join(dir, "weir.toml"), []byte(tlsText(withPassword, ourPair)))
	if len(errs) > 0 || !plain.Listeners[0].TLS.Server.Config.SessionTicketsDisabled {
		t.Error("sessions can be resumed although nobody asked for it", errs)
	}
}

// A key's password may change, and that is said without it.
func TestTLSPasswordsOfCertificates(t *testing.T) {
	dir := tlsDir(t)
	parse := func(password string) *Config {
		c, errs := Parse(filepath.Join(dir, "weir.toml"), []byte(tlsText(withPassword,
			"certificates = [{certfile = 'other.pem', keyfile = 'other.key', password = '"+password+"'}]")))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		return c
	}
	got := Diff(parse("hunter2"), parse("hunter3"))
	if len(got) != 1 || !strings.HasSuffix(got[0], ": certificates: changed") {
		t.Errorf("%q", got)
	}
}

func TestTLSMistakes(t *testing.T) {
	dir := tlsDir(t)
	name := filepath.Join(dir, "weir.toml")
	at := func(file string) string { return `"` + filepath.Join(dir, file) + `"` }
	certificate := "certfile = 'cert.pem'\nkeyfile = "
	rows := []struct {
		name, listener string
		keys           []string
		want           []string // without the file's name
	}{
		{"another's key", withPassword, []string{certificate + "'other.key'"}, []string{
			`6: listen.component.tls.keyfile: is ` + at("other.key") + `: private key does not match public key`}},
		{"no certificate", withPassword, []string{"certfile = 'empty.pem'\nkeyfile = 'cert.key'"}, []string{
			`5: listen.component.tls.certfile: is ` + at("empty.pem") + `, which holds no certificate, needed: one in PEM`}},
		{"two passwords", withPassword, []string{ourPair, "password = 'a'", "password_file = 'right.secret'"}, []string{
			`8: listen.component.tls.password_file: stands beside password, allowed: one of the two`}},
		{"a certificate's key", withPassword, []string{ourPair, "certificates = [{certfile = 'other.pem', keyfile = 'cert.key'}]"}, []string{
			`7: listen.component.tls.certificates.keyfile: is ` + at("cert.key") + `: private key does not match public key`}},
		{"certificates that are none", withPassword, []string{ourPair, "certificates = ['a.pem']"}, []string{
			`7: listen.component.tls.certificates: is a string, allowed: {certfile = "…", keyfile = "…"}`}},
		{"no certificates", withPassword, []string{ourPair, "certificates = []"}, []string{
			`7: listen.component.tls.certificates: is an empty array, allowed: an array of tables, each {certfile = "…", keyfile = "…"}`}},
		{"half a certificate", withPassword, []string{"certificates = [{certfile = 'other.pem'}]"}, []string{
			`5: listen.component.tls.certificates.keyfile: is missing, needed: certfile and keyfile both`}},
		{"half a pair", withPassword, []string{"certfile = 'cert.pem'", "certificates = [{certfile = 'other.pem', keyfile = 'other.key'}]"}, []string{
			`4: listen.component.tls.keyfile: is missing, needed: certfile and keyfile both`}},
		{"a key of a certificate that is none", withPassword, []string{"certificates = [{certfile = 'other.pem', keyfil = 'other.key'}]"}, []string{
			`5: listen.component.tls.certificates.keyfil: is not a key of [listen.component.tls.certificates]; did you mean keyfile?`}},
		{"authorities", withPassword, []string{ourPair, "cacertfile = 'empty.pem'"}, []string{
			`7: listen.component.tls.cacertfile: is ` + at("empty.pem") + `, which holds no certificate, needed: at least one in PEM`}},
		{"a list", withPassword, []string{ourPair, "crl_files = ['revoked.crl', 'empty.pem']"}, []string{
			`7: listen.component.tls.crl_files: holds ` + at("empty.pem") + `: the file holds no revocation list, needed: PEM or DER`}},
		{"a cipher", withPassword, []string{ourPair, "ciphers = 'HIGH'"}, []string{
			`7: listen.component.tls.ciphers: holds "HIGH", which is a rule of OpenSSL's and not a name, allowed: names of ciphers`}},
		{"a version", withPassword, []string{ourPair, "versions = ['tlsv1.1']"}, []string{
			`7: listen.component.tls.versions: holds "tlsv1.1", allowed: "tlsv1.2", "tlsv1.3"`}},
		{"secrets to nowhere", withPassword, []string{ourPair, "keep_secrets = true"}, []string{
			`7: listen.component.tls.keep_secrets: is true, needed: SSLKEYLOGFILE in the environment, which says where`}},
		{"starttls", withPassword, []string{ourPair, "mode = 'starttls'"}, []string{
			`7: listen.component.tls.mode: is "starttls", allowed: "tls"; XEP-0114 has no STARTTLS`}},
		{"dhfile", withPassword, []string{ourPair, "dhfile = 'dh.pem'"}, []string{
			`7: listen.component.tls.dhfile: is refused: Go's TLS has no finite-field Diffie-Hellman; leave it out, elliptic curves are always used`}},
		{"early data", withPassword, []string{ourPair, "early_data = true"}, []string{
			`7: listen.component.tls.early_data: is refused: early data can be replayed, and Go's TLS does not take it; leave it out`}},
		{"no password", "", []string{ourPair}, []string{
			`1: listen.component.password: is missing, needed: password, passwords, password_file or passwords_file`}},
		{"no password, and anybody signs", "", []string{ourPair, "identity = 'certificate'", "verify_mode = 'selfsigned_peer'"}, []string{
			`1: listen.component.password: is missing, needed: password, passwords, password_file or passwords_file`}},
		{"identity of nobody", withPassword, []string{ourPair, "identity = 'certificate'", "verify_mode = 'none'"}, []string{
			`7: listen.component.tls.identity: is "certificate", needed: verify_mode "peer" or "selfsigned_peer", and disconnect_on_failure true, else anybody's certificate would do`}},
		{"identity of anybody", withPassword, []string{ourPair, "identity = 'certificate'", "disconnect_on_failure = false"}, []string{
			`7: listen.component.tls.identity: is "certificate", needed: verify_mode "peer" or "selfsigned_peer", and disconnect_on_failure true, else anybody's certificate would do`}},
	}
	t.Setenv("SSLKEYLOGFILE", "")
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, errs := Parse(name, []byte(tlsText(r.listener, r.keys...)))
			var want []string
			for _, w := range r.want {
				want = append(want, name+":"+w)
			}
			if got := errs.Error(); got != strings.Join(want, "\n") {
				t.Errorf("\n got %s\nwant %s", got, strings.Join(want, "\n"))
			}
		})
	}
}

// A component whose certificate proves its name needs no password.
func TestTLSInPlaceOfPassword(t *testing.T) {
	c, errs := Parse(filepath.Join(tlsDir(t), "weir.toml"), []byte(tlsText("", ourPair, "identity = 'certificate'")))
	if len(errs) > 0 || len(c.Listeners[0].Passwords) > 0 {
		t.Error(errs)
	}
}
