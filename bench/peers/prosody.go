// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

var prosody = Kind{
	Name: "prosody", What: "XMPP server in Lua; one thread", Package: "prosody", program: "prosody",
	launch: launchProsody,
}

const prosodyConfig = `-- Prosody, generated for a benchmark. What is not here is its default.
run_as_root = true  -- the benchmark may run as root; Prosody refuses that otherwise
daemonize = false
pidfile = %[1]q
data_path = %[2]q
certificates = %[2]q -- empty: no TLS in this benchmark, for any server
log = { { levels = { min = "error" }, to = "console" } } -- no log of traffic
network_backend = "epoll" -- Prosody's recommended poller
network_settings = { nagle = false } -- otherwise the first stanza to an idle component waits 40 ms
-- The collector's default threshold of 105 %% makes Prosody up to five times slower
-- on this load; with 400 %% it is 4 to 11 %% faster than with 200 (bench/results), for 7 MiB more.
gc = { mode = "incremental", threshold = 400 }
-- No ports and no modules but those that component traffic needs.
modules_disabled = { "c2s", "s2s", "offline", "posix" }
c2s_ports = {}
s2s_ports = {}
component_ports = { %[3]d }
component_interfaces = { "127.0.0.1" }
VirtualHost "localhost" -- Prosody wants one
`

func launchProsody(ctx context.Context, s *Server, site Site, port int) error {
	data := filepath.Join(site.Dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, prosodyConfig, filepath.Join(site.Dir, "prosody.pid"), data, port)
	for _, name := range site.Names {
		fmt.Fprintf(&b, "Component %q\n  component_secret = %q\n", name, Secret)
	}
	path, err := s.configure(site.Dir, "prosody.cfg.lua", b.String())
	if err != nil {
		return err
	}
	return s.start(ctx, site.Dir, process{name: "prosody", port: port, args: []string{"prosody", "--config", path, "-F"}})
}
