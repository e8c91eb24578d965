// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// TestAddresses: a listener is where ip_address, ip_version, port and proto say, and nowhere else.
func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		name, keys, want string // the address without the port
	}{
		{"IPv4", `ip_address = "127.0.0.1"`, "127.0.0.1"},
		{"another loopback address", `ip_address = "127.0.0.2"`, "127.0.0.2"},
		{"IPv4 said twice", "ip_address = \"127.0.0.1\"\nip_version = 4\nproto = \"tcp\"", "127.0.0.1"},
		{"IPv6", `ip_address = "::1"`, "::1"},
		{"IPv6 said twice", "ip_address = \"::1\"\nip_version = 6\nproto = \"tcp\"", "::1"},
		{"IPv6 written out", `ip_address = "0:0:0:0:0:0:0:1"`, "::1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Contains(tt.want, ":") {
				needIPv6(t)
			}
			w := xmpptest.StartWeir(t, strings.Replace(listener, `ip_address = "127.0.0.1"`, tt.keys, 1))
			a := netip.MustParseAddrPort(w.Addr())
			if a.Addr().String() != tt.want {
				t.Fatalf("weir listens on %s, want %s", a, tt.want)
			}
			dial(t, w, "c.example").Sync()
			for _, other := range []string{"127.0.0.1", "127.0.0.2", "::1"} {
				if other == tt.want {
					continue
				}
				conn, err := net.Dial("tcp", netip.AddrPortFrom(netip.MustParseAddr(other), a.Port()).String())
				if err == nil {
					conn.Close()
					t.Errorf("weir listens on %s too", other)
				}
			}
		})
	}
	t.Run("a port of one's own", func(t *testing.T) {
		ended := xmpptest.StartWeir(t, fixed(t, listener))
		ended.Stop()
		if w := xmpptest.StartWeir(t, ended.Config()); w.Addr() != ended.Addr() {
			t.Errorf("weir listens on %s, want %s", w.Addr(), ended.Addr())
		}
	})
}

func needIPv6(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("SKIPPED: this machine has no IPv6 on its loopback: %v", err)
	}
	l.Close()
}

// check runs weir check on a configuration and returns what it prints and its exit status.
func check(t *testing.T, config string) (output string, status int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "weir.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(xmpptest.Binary(t, "weir"), "check", "-config", file)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(out), file, "weir.toml"), cmd.ProcessState.ExitCode()
}

// TestAddressDefaults: what a listener comes to that says less. Nothing is listened on: it would be on every address.
func TestAddressDefaults(t *testing.T) {
	for _, tt := range []struct{ name, keys, want string }{
		{"nothing said", "", `ip_address = "0.0.0.0"`},
		{"version 4", "ip_version = 4", `ip_address = "0.0.0.0"`},
		{"version 6", "ip_version = 6", `ip_address = "::"`},
		{"zero, as MongooseIM's users write it", `ip_address = "0"`, `ip_address = "0.0.0.0"`},
		{"the backlog", "", "backlog = 1024"},
		{"the port that was asked for", "", "port = 8888"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			output, status := check(t, "[[listen.component]]\nport = 8888\npassword = \"x\"\n"+tt.keys+"\n")
			if status != 0 || !regexp.MustCompile(`(?m)^\s*`+regexp.QuoteMeta(tt.want)+`\s*$`).MatchString(output) {
				t.Errorf("exit status %d, output\n%s\nwant the line %s", status, output, tt.want)
			}
		})
	}
}

// TestListenerRefused: what is wrong with a listener is told with its line and its key, all at once, and weir does not start.
func TestListenerRefused(t *testing.T) {
	for _, tt := range []struct {
		name, config string
		want         []string
	}{
		{"two on one address and port", strings.ReplaceAll(listener+listener, "port = 0", "port = 8888"),
			[]string{"weir.toml:8: listen.component.port: listens on 127.0.0.1:8888"}},
		{"another protocol, a version that contradicts the address, no number of acceptors", listener + "proto = \"udp\"\nip_version = 6\nnum_acceptors = 0\n",
			[]string{"weir.toml:6: listen.component.proto: ", "weir.toml:7: listen.component.ip_version: ", "weir.toml:8: listen.component.num_acceptors: "}},
		{"no limit at all, spelled wrongly", listener + "max_connection = 10\n",
			[]string{"weir.toml:6: listen.component.max_connection: ", "did you mean max_connections?"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, output := xmpptest.StartWeirToFail(t, tt.config)
			for _, want := range tt.want {
				if status != 1 || !strings.Contains(output, want) {
					t.Errorf("exit status %d, output\n%s\nwant 1 and %s", status, output, want)
				}
			}
		})
	}
}

// TestKeysWithoutEffect: keys that mean nothing to event loops are accepted, and the log says so, once each.
func TestKeysWithoutEffect(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"num_acceptors = 10\nhibernate_after = 1000\n")
	dial(t, w, "c.example").Sync()
	dial(t, w, "d.example").Sync()
	for _, key := range []string{"num_acceptors", "hibernate_after"} {
		if n := strings.Count(w.Log(), "listen.component."+key+" has no effect"); n != 1 {
			t.Errorf("the log says %d times that %s has no effect, want once", n, key)
		}
	}
}
