// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
)

// sockets is what the kernel knows of a TCP port of this machine.
type sockets struct {
	listening int
	accepted  int // connections that a process holds
	waiting   int // in a listening socket's backlog
}

// States of /proc/net/tcp.
const tcpListen, tcpEstablished = "0A", "01"

// socketsOf asks the kernel about the port of an address: what a test can only guess from outside, it counts.
func socketsOf(t *testing.T, addr string) (s sockets) {
	t.Helper()
	a := netip.MustParseAddrPort(addr)
	name := "/proc/net/tcp"
	if a.Addr().Is6() {
		name += "6"
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprintf(":%04X", a.Port())
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 10 || !strings.HasSuffix(f[1], port) {
			continue
		}
		switch inode := f[9]; {
		case f[3] == tcpListen:
			s.listening++
		case inode != "0":
			s.accepted++
		case f[3] == tcpEstablished:
			s.waiting++
		}
	}
	return s
}

// memoryOf is a figure of a process in bytes: VmRSS is what it holds now, VmHWM the most it ever held.
func memoryOf(t *testing.T, pid int, figure string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, figure+":"); ok {
			kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("the kernel tells no %s", figure)
	return 0
}
