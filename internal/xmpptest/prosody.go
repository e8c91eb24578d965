// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"weir/internal/freeport"
)

// Prosody is a running Prosody server that takes components: what weir is compared with. It belongs to the test.
type Prosody struct {
	// Addr is where components connect; Secret is the one of them all.
	Addr, Secret string
}

// StartProsody starts Prosody with these component names, or skips the test as Need does. It is terminated at the end of the
// test.
func StartProsody(t testing.TB, secret string, names ...string) *Prosody {
	t.Helper()
	path := NeedProgram(t, "prosody", "Debian package prosody")
	p := &Prosody{Addr: freeAddr(t), Secret: secret}
	dir := t.TempDir()
	file := filepath.Join(dir, "prosody.cfg.lua")
	if err := os.WriteFile(file, []byte(p.config(dir, names)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := StartProgram(t, "prosody", exec.Command(path, "--config", file, "-F"))
	if !run.out.wait(startTimeout, func(out string) bool { return strings.Contains(out, "Activated service 'component'") }) {
		t.Fatal("prosody did not start its component service")
	}
	return p
}

func (p *Prosody) config(dir string, names []string) string {
	host, port, _ := net.SplitHostPort(p.Addr)
	var config strings.Builder
	fmt.Fprintf(&config, `run_as_root = true
pidfile = %q
data_path = %q
modules_disabled = { "s2s", "c2s", "offline" }
component_interfaces = { %q }
component_ports = { %s }
log = { info = "*console" }
VirtualHost "localhost"
`, filepath.Join(dir, "prosody.pid"), dir, host, port)
	for _, name := range names {
		fmt.Fprintf(&config, "Component %q\n component_secret = %q\n", name, p.Secret)
	}
	return config.String()
}

// freeAddr finds a free port on the loopback address, for a program that cannot be asked to take any, or that is to come back
// to the same one.
func freeAddr(t testing.TB) string {
	t.Helper()
	port, err := freeport.Next()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}
