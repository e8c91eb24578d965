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
func External(t testing.TB) string { return ExternalFor(t) }

// User is somebody who may do only so much at a server.
type User struct {
	Name, Password     string
	Publish, Subscribe []string // subjects
}

// ExternalFor is External for these users alone; with none for everybody.
func ExternalFor(t testing.TB, users ...User) string {
	t.Helper()
	o := &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
	}
	for _, u := range users {
		o.Users = append(o.Users, &server.User{Username: u.Name, Password: u.Password, Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: u.Publish},
			Subscribe: &server.SubjectPermission{Allow: u.Subscribe},
		}})
	}
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
