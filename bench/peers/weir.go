// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"weir/internal/freeport"
)

const weirConfig = `# weir, generated for a benchmark. What is not here is its default.
[[listen.component]]
  port = %d
  ip_address = "127.0.0.1"
  password = %q      # of any component, whatever its name
  reuse_port = true  # a listening socket for each loop
  max_connections = "infinity"
`

const weirTLS = `  [listen.component.tls]
    certfile = %q
    keyfile = %q
    verify_mode = "none"   # of the components, which have no certificates
`

// Weir is the kind of a weir binary.
func Weir(program string) Kind {
	return weirWith(program, "weir", "checks every byte, routes every stanza; Go, a loop per core", "")
}

// WeirOnRings is the same with the driver on io_uring instead of epoll.
func WeirOnRings(program string) Kind {
	return weirWith(program, "io_uring", "weir with its driver on io_uring", "[engine]\n  driver = \"io_uring\"\n")
}

// Node is the kind of a weir with more in its configuration: a node of a cluster.
func Node(program, name, more string) Kind {
	return weirWith(program, name, "a node of a cluster", more)
}

func weirWith(program, name, what, more string) Kind {
	return Kind{
		Name: name, What: what, program: program, TLS: true,
		launch: func(ctx context.Context, s *Server, site Site, port int) error {
			text := fmt.Sprintf(weirConfig, port, Secret)
			if site.TLS {
				c, err := newCertificate(site.Dir)
				if err != nil {
					return err
				}
				text += fmt.Sprintf(weirTLS, c.cert, c.key)
			}
			path, err := s.configure(site.Dir, "weir.toml", text+more)
			if err != nil {
				return err
			}
			return s.start(ctx, site.Dir, process{name: "weir", port: port, args: []string{program, "serve", "-config", path}})
		},
		version: func() string {
			out, err := exec.Command(program, "version").Output()
			if err != nil {
				return "unknown"
			}
			line, _, _ := strings.Cut(string(out), "\n")
			return strings.TrimSpace(line)
		},
	}
}

const upstreamConfig = `[[upstream]]
  name = %[1]q
  address = %[2]q
  secret = %[3]q
  domains = [%[4]q]
`

// Behind is a server that a weir stands in front of.
type Behind struct{ Name, Addr, Domain string }

// Front is the kind of a weir in front of servers: what is for their domains and for
// no component of its own goes there. Its metrics are at Server.Metrics.
func Front(program string, behind ...Behind) Kind {
	k := Weir(program)
	k.What = "in front of another server"
	k.launch = func(ctx context.Context, s *Server, site Site, port int) error {
		admin, err := freeport.Next()
		if err != nil {
			return err
		}
		s.Metrics = fmt.Sprintf("http://127.0.0.1:%d/metrics", admin)
		config := fmt.Sprintf(weirConfig, port, Secret) + fmt.Sprintf("[admin]\n  address = \"127.0.0.1:%d\"\n", admin)
		for _, b := range behind {
			config += fmt.Sprintf(upstreamConfig, b.Name, b.Addr, Secret, b.Domain)
		}
		path, err := s.configure(site.Dir, "weir.toml", config)
		if err != nil {
			return err
		}
		return s.start(ctx, site.Dir, process{name: "weir", port: port, args: []string{program, "serve", "-config", path}})
	}
	return k
}
