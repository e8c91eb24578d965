// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

var jabberd2 = Kind{
	Name: "jabberd2", What: "the router of jabberd2, in C; one thread", Package: "jabberd2", program: "jabberd2-router",
	launch: launchJabberd2,
}

const jabberd2Config = `<!-- jabberd2's router, generated for a benchmark. What is not here is its default. -->
<router>
  <id>router</id>
  <pidfile>%[1]s/router.pid</pidfile>
  <log type='file'><file>/dev/null</file></log> <!-- no log -->
  <local>
    <ip>127.0.0.1</ip>
    <port>%[2]d</port>
    <users>%[1]s/users.xml</users>
    <secret>%[3]s</secret> <!-- of any component, whatever its name -->
  </local>
  <io>
    <max_fds>16384</max_fds> <!-- the default of 1024 is too few for the idle connections -->
    <limits><bytes>0</bytes><connects>0</connects></limits> <!-- no limit on rate -->
  </io>
</router>
`

func launchJabberd2(ctx context.Context, s *Server, site Site, port int) error {
	path, err := s.configure(site.Dir, "router.xml", fmt.Sprintf(jabberd2Config, site.Dir, port, Secret))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(site.Dir, "users.xml"), []byte("<users/>\n"), 0o600); err != nil {
		return err
	}
	return s.start(ctx, site.Dir, process{name: "jabberd2", port: port, args: []string{"jabberd2-router", "-c", path}})
}
