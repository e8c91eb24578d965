// SPDX-License-Identifier: Apache-2.0

package natsdtest

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"weir/internal/cluster/natsd"
	"weir/internal/freeport"
)

// patience is for a busy machine: three servers elect a leader in a few seconds on a quiet one.
const patience = time.Minute

// One starts a server alone, closed with the test.
func One(t testing.TB) *natsd.Server {
	t.Helper()
	return Start(t, natsd.Options{Name: "alone"})
}

// Start starts a server, closed with the test.
func Start(t testing.TB, o natsd.Options) *natsd.Server {
	t.Helper()
	if o.StoreDir == "" {
		o.StoreDir = t.TempDir()
	}
	s, err := natsd.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Cluster starts servers that are joined when it returns. change, if any, is given each one's options before.
func Cluster(t testing.TB, n int, change func(i int, o *natsd.Options)) []*natsd.Server {
	t.Helper()
	addresses := Ports(t, n)
	servers := make([]*natsd.Server, n)
	for i := range servers {
		o := natsd.Options{Name: fmt.Sprint("server", i), Cluster: "test", Listen: addresses[i], Peers: addresses}
		if change != nil {
			change(i, &o)
		}
		servers[i] = Start(t, o)
	}
	for end := time.Now().Add(patience); !joined(servers); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the servers have not found each other")
		}
	}
	return servers
}

func joined(servers []*natsd.Server) bool {
	for _, s := range servers {
		if s.Stats().Servers < len(servers)-1 {
			return false
		}
	}
	return true
}

// Ports finds n addresses on loopback that nobody listens on.
func Ports(t testing.TB, n int) []string {
	t.Helper()
	addresses := make([]string, n)
	for i := range addresses {
		port, err := freeport.Next()
		if err != nil {
			t.Fatal(err)
		}
		addresses[i] = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	return addresses
}
