// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// portsPerSource is how many connections to one server go out from one address.
// Linux hands out 28,232 ports by default, but looks at every other one first:
// once these 14,116 are taken, each connect searches thousands of them in vain.
const portsPerSource = 10000

// portsMost is how many go to a server elsewhere, where there is one source.
const portsMost = 28000

// Resolve finds the address of HOST:PORT; the first one, IPv4 before IPv6.
func Resolve(ctx context.Context, hostPort string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return netip.AddrPort{}, err
	}
	p, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	best := ips[0].Unmap()
	for _, ip := range ips {
		if ip.Unmap().Is4() {
			best = ip.Unmap()
			break
		}
	}
	return netip.AddrPortFrom(best, uint16(p)), nil
}

// source gives the address that the i-th connection goes out from. Only on
// 127.0.0.0/8 are there more than one without asking anybody; elsewhere the
// system chooses.
func source(to netip.Addr, i int) netip.Addr {
	if !to.Is4() || !to.IsLoopback() || i < portsPerSource {
		return netip.Addr{}
	}
	k := i / portsPerSource
	return netip.AddrFrom4([4]byte{127, 0, byte(1 + k>>8), byte(k)})
}

// checkSources says whether n connections to an address can be open at once.
func checkSources(to netip.Addr, n int) error {
	if n > portsMost && (!to.Is4() || !to.IsLoopback()) {
		return fmt.Errorf("%d connections to %s need more than one source address; at most %d are possible", n, to, portsMost)
	}
	return nil
}
