// SPDX-License-Identifier: Apache-2.0

package config

import (
	"path/filepath"
	"testing"
)

// upstreamTLS is a file with a server; the keys of its TLS begin in line 10.
func upstreamTLS(address, keys string) string {
	return "[[listen.component]]\nport = 0\npassword = 'secret'\n[[upstream]]\nname = 's'\naddress = '" + address +
		"'\nsecret = 's'\ndomains = ['*']\n[upstream.tls]\n" + keys
}

func TestUpstreamTLSIsRead(t *testing.T) {
	file := filepath.Join(tlsDir(t), "weir.toml")
	read := func(text string) *UpstreamTLS {
		t.Helper()
		c, errs := Parse(file, []byte(text))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if again, errs := Parse(file, []byte(c.Effective())); len(errs) == 0 && (again.Upstreams[0].TLS == nil) != (c.Upstreams[0].TLS == nil) {
			t.Errorf("whether there is TLS does not survive being printed:\n%s", c.Effective())
		}
		return c.Upstreams[0].TLS
	}
	if tls := read(upstreamTLS("host:1", "[admin]\n")); tls.Client == nil || tls.Client.ServerName != "host" || tls.Client.RootCAs != nil {
		t.Errorf("the table alone: %+v", tls)
	}
	full := read(upstreamTLS("[::1]:1", "server_name = 'x.example'\ncacertfile = 'ca.pem'\nversions = ['tlsv1.3']\n"+ourPair))
	if c := full.Client; c.ServerName != "x.example" || c.RootCAs == nil || len(c.Certificates) != 1 {
		t.Errorf("all of it: %+v", c)
	}
	if tls := read(upstreamTLS("[::1]:1", "")); tls.Client.ServerName != "::1" {
		t.Errorf("whom a certificate must be for: %q", tls.Client.ServerName)
	}
	once, twice := read(upstreamTLS("h:1", ourPair)), read(upstreamTLS("h:1", ourPair))
	if once.Digest() != twice.Digest() || once.Digest() == full.Digest() {
		t.Error("what is the same is told apart, or what is not is not")
	}
	with, without := read(upstreamTLS("h:1", ourPair+"\npassword = 'a'")), read(upstreamTLS("h:1", ourPair+"\npassword = 'b'"))
	if with.Digest() == without.Digest() {
		t.Error("another password is not told")
	}
}

func TestUpstreamTLSErrors(t *testing.T) {
	dir := tlsDir(t)
	for _, row := range []struct{ name, address, keys, want string }{
		{"no host", "unix:/run/s", "", "9: upstream.tls.server_name: is missing, needed: the address has no host whom the server's certificate could be for"},
		{"no key", "h:1", "certfile = 'cert.pem'", "9: upstream.tls.keyfile: is missing, needed: certfile and keyfile both"},
		{"no certificates", "h:1", "cacertfile = 'empty.pem'", `10: upstream.tls.cacertfile: is "` + filepath.Join(dir, "empty.pem") + `", which holds no certificate, needed: at least one in PEM`},
		{"unknown", "h:1", "verify_mode = 'none'", "10: upstream.tls.verify_mode: is not a key of [upstream.tls]: the server's certificate is always verified; one that has signed itself goes into cacertfile"},
		{"a version", "h:1", "versions = ['sslv3']", `10: upstream.tls.versions: holds "sslv3", allowed: "tlsv1.2", "tlsv1.3"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := filepath.Join(dir, "weir.toml")
			_, errs := Parse(file, []byte(upstreamTLS(row.address, row.keys)))
			if len(errs) != 1 || errs[0].Error() != file+":"+row.want {
				t.Errorf("%v\nwant %s", errs, row.want)
			}
		})
	}
}
