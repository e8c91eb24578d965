// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Machine is what a configuration is weighed against.
type Machine struct {
	CPUs      int    // places for goroutines to run
	OpenFiles uint64 // RLIMIT_NOFILE
}

// ThisMachine asks the kernel. A limit it does not tell counts as none.
func ThisMachine() Machine {
	m := Machine{CPUs: runtime.GOMAXPROCS(0), OpenFiles: unix.RLIM_INFINITY}
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) == nil {
		m.OpenFiles = r.Cur
	}
	return m
}

// filesOfOurOwn are descriptors that are not connections: listeners, event
// loops, logs.
const filesOfOurOwn = 64

// Warnings say what is allowed but most likely not meant.
func (c *Config) Warnings(m Machine) []string {
	var ws []string
	if c.Engine.Loops > m.CPUs {
		ws = append(ws, fmt.Sprintf("engine.loops is %d, more than the %d processors here", c.Engine.Loops, m.CPUs))
	}
	connections := uint64(0)
	for _, l := range c.Listeners {
		connections += uint64(l.MaxConnections)
	}
	if connections+filesOfOurOwn > m.OpenFiles {
		ws = append(ws, fmt.Sprintf("listen.component.max_connections add up to %d, more than the limit of %d open files "+
			"(ulimit -n) leaves room for", connections, m.OpenFiles))
	}
	const local = "mongoose_router_external_localnode"
	if !slices.Contains(c.General.RoutingModules, local) {
		ws = append(ws, "general.routing_modules lacks "+local+": no stanza reaches a component")
	}
	return append(append(ws, c.overlaps()...), c.ownDoors()...)
}

// ownDoors finds addresses of servers and of [admin] that are a listener's.
func (c *Config) ownDoors() []string {
	var ws []string
	for _, u := range c.Upstreams {
		if l := c.at(u.Address); l != "" {
			ws = append(ws, fmt.Sprintf("upstream %s is at %s, where weir listens itself (%s): "+
				"a server has its component port there", u.Name, u.Address, l))
		}
	}
	if l := c.at(c.Admin.Address); l != "" {
		ws = append(ws, fmt.Sprintf("admin.address is %s, where listen.component listens (%s): one of the two cannot be opened", c.Admin.Address, l))
	}
	return ws
}

// at is the listener at HOST:PORT of this machine; empty if there is none, or if
// the host is a name that only a resolver knows.
func (c *Config) at(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "0" {
		return ""
	}
	if host == "localhost" || host == "" {
		host = "127.0.0.1"
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	for _, l := range c.Listeners {
		same := l.Addr.Addr() == addr.Unmap() || l.Addr.Addr().IsUnspecified() && addr.IsLoopback()
		if same && strconv.Itoa(int(l.Addr.Port())) == port {
			return l.Name
		}
	}
	return ""
}

// overlaps finds listeners of one port of which one takes every address.
func (c *Config) overlaps() []string {
	var ws []string
	for _, all := range c.Listeners {
		for _, l := range c.Listeners {
			samePort := l.Addr.Port() == all.Addr.Port() && l.Addr.Port() != 0
			if samePort && all.Addr.Addr().IsUnspecified() && l.Addr != all.Addr && covers(all, l) {
				ws = append(ws, fmt.Sprintf("listen.component on %s takes all addresses, %s among them: "+
					"one of the two cannot be opened", all.Name, l.Name))
			}
		}
	}
	return ws
}

// covers: [::] takes IPv4 as well, where the kernel's bindv6only is 0.
func covers(all, l Listener) bool { return all.Addr.Addr().Is6() || l.Addr.Addr().Is4() }
