// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"weir/internal/freeport"
)

// Kind is one kind of server.
type Kind struct {
	Name    string
	What    string // one line for the reader of results
	Package string // of Debian; empty if none is needed
	TLS     bool   // it can be started with TLS
	program string // that the package has
	launch  func(ctx context.Context, s *Server, site Site, port int) error
	version func() string
}

// Kinds lists the peers, in the order of results; the floor is last.
func Kinds() []Kind {
	return []Kind{prosody, ejabberd, jabberd2, haproxy, copier}
}

// Missing says which Debian package is needed first, "" if none is.
func (k Kind) Missing() string {
	if k.program == "" {
		return ""
	}
	if _, err := exec.LookPath(k.program); err == nil {
		return ""
	}
	return k.Package
}

// Version is what the server says of itself or its package does.
func (k Kind) Version() string {
	if k.version != nil {
		return k.version()
	}
	out, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", k.Package).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// Start starts a server. On error nothing is left running.
func (k Kind) Start(ctx context.Context, site Site) (*Server, error) {
	port, err := freeport.Next()
	if err != nil {
		return nil, err
	}
	s := &Server{Name: k.Name, Addr: "127.0.0.1:" + strconv.Itoa(port)}
	if err := k.launch(ctx, s, site, port); err != nil {
		_ = s.Stop()
		return nil, fmt.Errorf("start %s: %w", k.Name, err)
	}
	return s, nil
}

// Install installs the Debian packages of the kinds that miss theirs.
func Install(ctx context.Context, packages []string, log func(string)) error {
	if len(packages) == 0 {
		return nil
	}
	log("installing " + strings.Join(packages, " "))
	// Level 1 keeps the packages from starting their services.
	install := append([]string{"RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive",
		"apt-get", "install", "-y", "-qq", "--no-install-recommends"}, packages...)
	for _, args := range [][]string{{"apt-get", "update", "-qq"}, install} {
		if out, err := exec.CommandContext(ctx, "env", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out[max(0, len(out)-400):])
		}
	}
	return nil
}
