// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natsdtest

import (
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// External starts a NATS server as somebody else would run it, with JetStream and clients let in over TCP, and gives
// its address. It is closed with the test.
func External(t testing.TB) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return strings.TrimPrefix(s.ClientURL(), "nats://")
}
