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
	return external(t, &server.Options{})
}

func external(t testing.TB, o *server.Options) string {
	t.Helper()
	o.Host, o.Port, o.NoLog, o.NoSigs, o.JetStream, o.StoreDir = "127.0.0.1", server.RANDOM_PORT, true, true, true, t.TempDir()
	s, err := server.NewServer(o)
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
