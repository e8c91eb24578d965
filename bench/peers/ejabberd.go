// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
)

var ejabberd = Kind{
	Name: "ejabberd", What: "XMPP server in Erlang; a thread per core", Package: "ejabberd", program: "ejabberdctl",
	launch: launchEjabberd, TLS: true,
}

const ejabberdConfig = `# ejabberd, generated for a benchmark. What is not here is its default.
hosts: [localhost]    # ejabberd wants one
loglevel: none        # no log of traffic
log_rotate_size: infinity
listen:
  -
    port: %d
    ip: 127.0.0.1
    module: ejabberd_service
    access: all
    shaper: none      # no limit on rate
    backlog: 1024     # the default of 5 makes the kernel drop connects that come together
    password: %q      # of any component, whatever its name
%sshaper: {}
access_rules: {}
modules: {}           # none touches component traffic
`

// Of itself ejabberd takes the strongest cipher, AES-256.
const ejabberdTLS = `    tls: true
    certfile: %q
    protocol_options: [no_sslv3, no_compression] # the default but for cipher_server_preference: all use the cipher that the load tool asks for first
`

// launchEjabberd starts the Erlang machine itself: ejabberdctl would do so under
// another process id and user, and register a name on the machine.
func launchEjabberd(ctx context.Context, s *Server, site Site, port int) error {
	secure := ""
	if site.TLS {
		cert, err := newCertificate(site.Dir)
		if err != nil {
			return err
		}
		secure = fmt.Sprintf(ejabberdTLS, cert.both)
	}
	path, err := s.configure(site.Dir, "ejabberd.yml", fmt.Sprintf(ejabberdConfig, port, Secret, secure))
	if err != nil {
		return err
	}
	libs, err := erlangLibs()
	if err != nil {
		return err
	}
	return s.start(ctx, site.Dir, process{
		name: "ejabberd", port: port,
		// +K and +P are those of ejabberdctl.
		args: []string{"erl", "-noinput", "+K", "true", "+P", "250000",
			"-mnesia", "dir", strconv.Quote(filepath.Join(site.Dir, "mnesia")), "-s", "ejabberd"},
		env: []string{
			"ERL_LIBS=" + libs, "HOME=" + site.Dir, "ERL_MAX_PORTS=32000", "ERL_CRASH_DUMP_SECONDS=0",
			"EJABBERD_CONFIG_PATH=" + path, "EJABBERD_LOG_PATH=" + filepath.Join(site.Dir, "ejabberd-own.log"),
		},
	})
}

// erlangLibs finds the folder that Debian keeps ejabberd's libraries in.
func erlangLibs() (string, error) {
	found, err := filepath.Glob("/usr/lib/*/ejabberd-*/ebin")
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no ejabberd below /usr/lib: %w", exec.ErrNotFound)
	}
	return filepath.Dir(filepath.Dir(found[0])), nil
}
