// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"fmt"

	"weir/internal/freeport"
)

var haproxy = Kind{
	Name: "haproxy", What: "HAProxy as a TCP proxy in front of the copier; reads no XML; a thread per core",
	Package: "haproxy", program: "haproxy", launch: launchHAProxy, TLS: true,
}

const haproxyConfig = `# HAProxy, generated for a benchmark. What is not here is its default, so it has
# one thread per core. It passes bytes on and cannot route stanzas: it shows what
# a proxy costs that knows nothing of XMPP. Its figures are its own, without those
# of the server behind it.
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h   # idle components must stay
  timeout server 1h
listen components
  bind 127.0.0.1:%d%s
  server behind %s
`

func launchHAProxy(ctx context.Context, s *Server, site Site, port int) error {
	behind, err := freeport.Next()
	if err != nil {
		return err
	}
	if err := launchCopier(ctx, s, site, behind); err != nil {
		return err
	}
	secure := ""
	if site.TLS {
		cert, err := newCertificate(site.Dir)
		if err != nil {
			return err
		}
		// TLS to the components, none to the copier. Of itself HAProxy takes the strongest
		// cipher, AES-256, and the others the one that the load tool asks for first.
		secure = " ssl crt " + cert.both + " prefer-client-ciphers"
	}
	err = startHAProxy(ctx, s, site, port, secure, fmt.Sprint("127.0.0.1:", behind))
	if err == nil {
		s.PIDs = s.PIDs[len(s.PIDs)-1:] // not the copier
	}
	return err
}

func startHAProxy(ctx context.Context, s *Server, site Site, port int, secure, behind string) error {
	path, err := s.configure(site.Dir, "haproxy.cfg", fmt.Sprintf(haproxyConfig, port, secure, behind))
	if err != nil {
		return err
	}
	return s.start(ctx, site.Dir, process{name: "haproxy", port: port, args: []string{"haproxy", "-db", "-f", path}})
}

// HAProxyBefore is the kind of a HAProxy in front of the server at addr: what any
// proxy costs there that knows nothing of XMPP.
func HAProxyBefore(addr string) Kind {
	k := haproxy
	k.What, k.TLS = "HAProxy as a TCP proxy in front of another server", false
	k.launch = func(ctx context.Context, s *Server, site Site, port int) error {
		return startHAProxy(ctx, s, site, port, "", addr)
	}
	return k
}
