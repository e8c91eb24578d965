// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// UserPassword is the password of every user of a Server.
const UserPassword = "user-password"

// Server is a real XMPP server on the loopback address, with users and with component names: what weir stands in front of. Its
// ports are the same before and after a restart. It belongs to the test.
type Server struct {
	// Kind is "prosody" or "ejabberd"; Domain is the one its users are of.
	Kind, Domain string
	// Users is where users connect, Components where components do.
	Users, Components string

	t       testing.TB
	dir     string
	file    string // of the configuration
	program *Program
}

// ServerConfig says what a server is to know.
type ServerConfig struct {
	Domain string
	Users  []string // node parts
	Secret string   // of every component
	Names  []string // of components
	// Extra is a piece of the server's own configuration that takes the place of Secret and Names: for Prosody what stands at its
	// end, for ejabberd a list "listen" with the components' listener, whose port is replaced.
	Extra string
	// Modules are further modules of ejabberd with their options.
	Modules string
	// CertFile and KeyFile have ejabberd's components connect with TLS.
	CertFile, KeyFile string
}

// ServerKinds are the kinds of servers that StartServer knows.
var ServerKinds = []string{"prosody", "ejabberd"}

// StartServer starts a server, or skips the test as Need does.
func StartServer(t testing.TB, kind string, c ServerConfig) *Server {
	t.Helper()
	s := &Server{Kind: kind, Domain: c.Domain, Users: freeAddr(t), Components: freeAddr(t), t: t, dir: t.TempDir()}
	switch kind {
	case "prosody":
		NeedProgram(t, "prosody", "Debian package prosody")
		s.file = s.write("prosody.cfg.lua", s.prosodyConfig(c))
		s.writeAccounts(c)
	case "ejabberd":
		_, err := erlangLibs()
		Need(t, err, "Debian package ejabberd")
		s.file = s.write("ejabberd.yml", s.ejabberdConfig(c))
	default:
		t.Fatalf("no server is called %q", kind)
	}
	s.Start()
	return s
}

// Start starts the server, at first or after Kill, and returns when it takes connections.
func (s *Server) Start() {
	s.t.Helper()
	cmd := exec.Command("prosody", "--config", s.file, "-F")
	if s.Kind == "ejabberd" {
		cmd = s.ejabberd()
	}
	s.program = StartProgram(s.t, s.Kind, cmd)
	for _, addr := range []string{s.Components, s.Users} {
		s.await(addr)
	}
}

func (s *Server) await(addr string) {
	s.t.Helper()
	for deadline := time.Now().Add(startTimeout); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) || s.program.state() != "running" {
			s.t.Fatalf("%s (%s) does not listen on %s: %v", s.Kind, s.program.state(), addr, err)
		}
		time.Sleep(20 * time.Millisecond) // nothing tells when a port is open
	}
}

// Kill ends the server without a goodbye.
func (s *Server) Kill() {
	s.t.Helper()
	_ = s.program.cmd.Process.Kill()
	<-s.program.exited
}

// Leave asks the server to end, as its operator would, and returns when it has.
func (s *Server) Leave() {
	s.t.Helper()
	s.program.Terminate()
}

// Freeze stops the server without ending it: its connections stay and nobody answers. Thaw lets it go on.
func (s *Server) Freeze() { s.program.freeze(true) }

// Thaw is Freeze's opposite.
func (s *Server) Thaw() { s.program.freeze(false) }

func (s *Server) write(name, text string) string {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file
}

func (s *Server) prosodyConfig(c ServerConfig) string {
	host, users, _ := net.SplitHostPort(s.Users)
	_, components, _ := net.SplitHostPort(s.Components)
	config := fmt.Sprintf(`run_as_root = true
pidfile = %q
data_path = %q
certificates = %q
modules_enabled = { "saslauth", "roster", "disco", "ping" }
modules_disabled = { "s2s", "offline" }
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
c2s_interfaces = { %[4]q }
c2s_ports = { %[5]s }
component_interfaces = { %[4]q }
component_ports = { %[6]s }
s2s_ports = {}
network_settings = { nagle = false }
log = { info = "*console" }
VirtualHost %[7]q
`, filepath.Join(s.dir, "prosody.pid"), s.dir, s.dir, host, users, components, c.Domain)
	for _, name := range c.Names {
		config += fmt.Sprintf("Component %q\n component_secret = %q\n", name, c.Secret)
	}
	return config + c.Extra
}

// writeAccounts makes users in Prosody's own store.
func (s *Server) writeAccounts(c ServerConfig) {
	domain := strings.ReplaceAll(c.Domain, ".", "%2e")
	for _, user := range c.Users {
		s.write(filepath.Join(domain, "accounts", user+".dat"), fmt.Sprintf("return { [\"password\"] = %q; };\n", UserPassword))
	}
}

func (s *Server) ejabberdConfig(c ServerConfig) string {
	host, users, _ := net.SplitHostPort(s.Users)
	_, components, _ := net.SplitHostPort(s.Components)
	config := fmt.Sprintf(`hosts: [%q]
loglevel: info
log_rotate_size: infinity
auth_method: anonymous
anonymous_protocol: login_anon
listen:
  -
    port: %[2]s
    ip: %[3]s
    module: ejabberd_c2s
    access: all
    shaper: none
`, c.Domain, users, host)
	if _, listen, ok := strings.Cut(c.Extra, "listen:\n"); ok {
		config += componentPort.ReplaceAllString(listen, "${1}"+components)
	} else {
		config += fmt.Sprintf(`  -
    port: %[1]s
    ip: %[2]s
    module: ejabberd_service
    access: all
    shaper: none
    backlog: 128
    global_routes: false
%[3]s    hosts:
`, components, host, s.componentTLS(c))
	}
	for _, name := range c.Names {
		config += fmt.Sprintf("      %q:\n        password: %q\n", name, c.Secret)
	}
	return config + "shaper: {}\naccess_rules: {}\nmodules:\n  mod_disco: {}\n  mod_ping: {}\n  mod_roster: {}\n" + c.Modules
}

// componentTLS are the keys of a components' listener with TLS.
func (s *Server) componentTLS(c ServerConfig) string {
	if c.CertFile == "" {
		return ""
	}
	both := ""
	for _, file := range []string{c.CertFile, c.KeyFile} {
		b, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		both += string(b)
	}
	return fmt.Sprintf("    tls: true\n    certfile: %q\n", s.write("component.pem", both))
}

var componentPort = regexp.MustCompile(`(?m)^(\s*port: )\d+`)

// ejabberd starts the Erlang machine itself: ejabberdctl would do so under another process id and user.
func (s *Server) ejabberd() *exec.Cmd {
	libs, err := erlangLibs()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command("erl", "-noinput", "+K", "true", "+S", "1", "-mnesia", "dir", strconv.Quote(filepath.Join(s.dir, "mnesia")), "-s", "ejabberd")
	cmd.Dir = s.dir // it leaves its dumps where it stands
	cmd.Env = append(os.Environ(), "ERL_LIBS="+libs, "HOME="+s.dir, "ERL_CRASH_DUMP_SECONDS=0",
		"EJABBERD_CONFIG_PATH="+s.file, "EJABBERD_LOG_PATH="+filepath.Join(s.dir, "ejabberd.log"))
	return cmd
}

// erlangLibs finds the folder that Debian keeps ejabberd's libraries in.
func erlangLibs() (string, error) {
	if _, err := exec.LookPath("erl"); err != nil {
		return "", err
	}
	found, err := filepath.Glob("/usr/lib/*/ejabberd-*/ebin")
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no ejabberd below /usr/lib: %w", exec.ErrNotFound)
	}
	return filepath.Dir(filepath.Dir(found[0])), nil
}
