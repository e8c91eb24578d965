// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/upgrade"
	"weir/internal/xmpptest"
)

// heirVariable makes this test binary a new weir that fails at a certain point.
const heirVariable = "WEIR_TEST_HEIR"

// failAsHeir plays the new weir up to a point, and then is killed, or hangs.
func failAsHeir(at string) {
	die := func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	pipe, err := upgrade.Inherited()
	if err != nil || pipe == nil || at == "started" {
		die()
	}
	format := upgrade.Format
	if at == "another format" {
		format++
	}
	_ = pipe.Say(&upgrade.Message{Hello: &upgrade.Hello{Format: format}})
	if at == "said hello" {
		die()
	}
	for {
		m, _, err := pipe.Recv()
		switch {
		case err != nil:
			os.Exit(3)
		case m.Offer != nil && at == "offered":
			die()
		case m.Offer != nil:
			_ = pipe.Say(&upgrade.Message{Prepared: &upgrade.Prepared{}})
			if at == "prepared" {
				die()
			}
		case m.Stream != nil && at == "a stream":
			die()
		case m.Rest != nil && at == "everything":
			die()
		case m.Rest != nil && at == "too late":
			time.Sleep(7 * time.Second) // longer than the old one waits
			err := pipe.Say(&upgrade.Message{Taken: &upgrade.Taken{}})
			fmt.Printf("{\"msg\":\"too late: %v\"}\n", err)
			os.Exit(0)
		}
	}
}

// program writes a program that takes the place of weir's.
func program(t *testing.T, script string) string {
	t.Helper()
	path := t.TempDir() + "/weir"
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// failingAt is a new weir that fails at a point.
func failingAt(t *testing.T, at string) string {
	t.Helper()
	return program(t, fmt.Sprintf("%s='%s' exec %s", heirVariable, at, os.Args[0]))
}

// TestFailedUpgrade: whatever becomes of the new process before it serves, the old one goes on as if nothing had been.
func TestFailedUpgrade(t *testing.T) {
	t.Parallel()
	a := administer(t, listener+"reuse_port = true\n")
	l := startTalk(t, a.Addr(), 4, dialPlain(t, a.Addr()))
	fails := func(t *testing.T, binary, want string) {
		t.Helper()
		l.goesOn()
		args := []string{"upgrade"}
		if binary != "" {
			args = append(args, "-binary", binary)
		}
		stdout, stderr, code := a.command(args...)
		if code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("weir upgrade: status %d: %s%s, want %q", code, stdout, stderr, want)
		}
		l.goesOn()
	}
	for _, at := range []string{"started", "said hello", "offered", "prepared", "a stream", "everything"} {
		t.Run("killed: "+at, func(t *testing.T) { fails(t, failingAt(t, at), "has ended before") })
	}
	t.Run("another format", func(t *testing.T) { fails(t, failingAt(t, "another format"), "format") })
	t.Run("too late", func(t *testing.T) { fails(t, failingAt(t, "too late"), "timeout") })
	t.Run("exits at once", func(t *testing.T) { fails(t, program(t, "exit 0"), "has ended before") })
	t.Run("is not there", func(t *testing.T) { fails(t, "/nonexistent/weir", "no such file") })
	t.Run("is no program", func(t *testing.T) { fails(t, os.DevNull, "permission denied") })
	t.Run("a broken configuration", func(t *testing.T) {
		config := a.Config()
		a.WriteConfig(config + "[nonsense]\n")
		fails(t, "", "nonsense")
		a.WriteConfig(config)
	})
	t.Run("an address that is taken", func(t *testing.T) {
		config := a.Config()
		a.WriteConfig(config + strings.Replace(listener, "port = 0", fmt.Sprintf("port = %s", portOf(xmpptest.StartWeir(t, listener).Addr())), 1))
		fails(t, "", "address already in use")
		a.WriteConfig(config)
	})
	a.Upgrade() // and it is no worse for all that
	l.goesOn()
	l.end()
}

func portOf(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// TestUpgradeCommand: the answer comes from the old process, the next one from the new one, on the same sockets.
func TestUpgradeCommand(t *testing.T) {
	a := administer(t, listener)
	p := dial(t, a.Weir, "a.example")
	for i := range 2 {
		out := a.run("upgrade")
		if !strings.Contains(out, "the new weir serves") {
			t.Errorf("weir upgrade says %s", out)
		}
		a.AwaitUpgrade(i)
		if out := a.run("components"); !strings.Contains(out, "a.example") {
			t.Errorf("weir components says %s", out)
		}
		if status, _ := a.request("GET", "/readyz", ""); status != 200 {
			t.Errorf("/readyz: %d", status)
		}
		p.Sync()
	}
	p.End()
}
