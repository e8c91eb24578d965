// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

const weirConfig = `# weir, generated for a benchmark. What is not here is its default.
[[listen.component]]
  port = %d
  ip_address = "127.0.0.1"
  password = %q      # of any component, whatever its name
  reuse_port = true  # a listening socket for each loop
  max_connections = "infinity"
`

// Weir is the kind of a weir binary.
func Weir(program string) Kind {
	return Kind{
		Name: "weir", What: "checks every byte, routes every stanza; Go, a loop per core", program: program,
		launch: func(ctx context.Context, s *Server, site Site, port int) error {
			path, err := s.configure(site.Dir, "weir.toml", fmt.Sprintf(weirConfig, port, Secret))
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
