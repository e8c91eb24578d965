// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestReloadDuringAnUpgrade: a HUP that comes while the new weir starts is obeyed by whoever serves afterwards, since
// the new one may have read the file before it was changed.
func TestReloadDuringAnUpgrade(t *testing.T) {
	for _, c := range []struct{ name, then, told string }{
		{"which fails", "exit 0", "not upgraded, this weir goes on"},
		{"which succeeds", `exec %s "$@"`, "upgraded: the new weir serves"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := administer(t, listener)
			p := dial(t, a.Weir, "a.example")
			gate := t.TempDir() + "/open"
			then := strings.ReplaceAll(c.then, "%s", xmpptest.Binary(t, "weir"))
			binary := program(t, fmt.Sprintf("while [ ! -e %s ]; do sleep 0.05; done\n%s", gate, then))
			done := make(chan struct{})
			go func() {
				defer close(done)
				a.command("upgrade", "-binary", binary) // the log says what becomes of it
			}()
			a.WaitLog("upgrading: a new weir is started")
			a.Signal(syscall.SIGHUP)
			a.WaitLog("the reload waits for the end of the upgrade")
			if err := os.WriteFile(gate, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			a.WaitLog(c.told)
			a.WaitLog(`"configuration reloaded"`)
			<-done
			if c.then != "exit 0" {
				a.AwaitUpgrade(0) // from here on a is the new one
			}
			p.Sync()
			p.End()
		})
	}
}

// TestUpgradeLeaksNoDescriptors: what a new process has is closed or in use, however many there were before it.
func TestUpgradeLeaksNoDescriptors(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	p := dial(t, w, "a.example")
	sockets := descriptors(t, w.PID(), "socket:")
	for i := range 4 {
		w.Upgrade()
		p.Sync()
		deadline := time.Now().Add(20 * time.Second) // the pipe to the old one is closed when that has ended
		for {
			got := descriptors(t, w.PID(), "socket:")
			if len(got) == len(sockets) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("upgrade %d: %d sockets, there were %d: %v", i+1, len(got), len(sockets), got)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	p.End()
}

// descriptors are what a process has open of a kind.
func descriptors(t *testing.T, pid int, kind string) (all []string) {
	t.Helper()
	names, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if to, _ := os.Readlink(name); strings.HasPrefix(to, kind) { // it may be closed meanwhile
			all = append(all, name+" "+to)
		}
	}
	return all
}
