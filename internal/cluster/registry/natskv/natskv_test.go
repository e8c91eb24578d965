// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natskv_test

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"weir/internal/cluster/clustertest"
	"weir/internal/cluster/natsd/natsdtest"
	"weir/internal/cluster/registry"
	"weir/internal/cluster/registry/natskv"
)

// servers starts n servers that are one cluster, and returns their addresses.
func servers(t *testing.T, n int) (urls []string) {
	t.Helper()
	routes := natsdtest.Ports(t, n)
	var peers []string
	for _, address := range routes {
		peers = append(peers, "nats://"+address)
	}
	for i := range n {
		o := &server.Options{
			ServerName: fmt.Sprintf("s%d", i), Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true,
			JetStream: true, StoreDir: t.TempDir(), JetStreamMaxMemory: 256 << 20,
		}
		if n > 1 {
			_, port, err := net.SplitHostPort(routes[i])
			if err != nil {
				t.Fatal(err)
			}
			o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1"}
			o.Cluster.Port, _ = strconv.Atoi(port)
			o.Routes = server.RoutesFromStr(strings.Join(peers, ","))
		}
		s, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		go s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		if !s.ReadyForConnections(30 * time.Second) {
			t.Fatal("the server does not start")
		}
		urls = append(urls, s.ClientURL())
	}
	return urls
}

// world has each subtest use a bucket of its own on servers that are there.
func world(urls []string, rounds int) func(t *testing.T) *clustertest.World {
	buckets := 0
	return func(t *testing.T) *clustertest.World {
		buckets++
		bucket, next := fmt.Sprintf("TEST%d", buckets), 0
		open := func(t *testing.T) *natskv.Store {
			c, err := nats.Connect(urls[next%len(urls)], nats.MaxReconnects(-1))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			next++
			s, err := natskv.New(natskv.Options{Conn: c, Bucket: bucket, Replicas: len(urls)})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		return &clustertest.World{
			Rounds: rounds,
			Open:   func(t *testing.T) registry.Store { return open(t) },
			Forget: func(t *testing.T) {
				// A bucket's age is in seconds: another one within one second would
				// be no other generation.
				time.Sleep(1100 * time.Millisecond)
				if err := open(t).Drop(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
		}
	}
}

func rounds(all int) int {
	if os.Getenv("WEIR_CLUSTER") == "" {
		return all / 50
	}
	return all
}

func TestStoreOnOneServer(t *testing.T) { clustertest.Store(t, world(servers(t, 1), 0)) }
func TestRegistryOnOneServer(t *testing.T) {
	clustertest.Registry(t, world(servers(t, 1), rounds(10_000)))
}

func TestStoreOnThreeServers(t *testing.T) { clustertest.Store(t, world(servers(t, 3), 0)) }
func TestRegistryOnThreeServers(t *testing.T) {
	clustertest.Registry(t, world(servers(t, 3), rounds(1_000)))
}
