// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"weir/internal/xmpptest"
)

// TestOpenFiles: weir raises its own limit on open files as far as it may, and `weir check` warns when that is not far enough for
// max_connections.
func TestOpenFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "weir.toml")
	if err := os.WriteFile(file, []byte(listener+"max_connections = 500\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const warning = "max_connections add up to 500, more than the limit of 300 open files"
	for _, tt := range []struct {
		name, limit string
		warned      bool
	}{
		{"enough", "", false},
		{"low, but may be raised", "ulimit -S -n 300", false},
		{"low", "ulimit -n 300", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := exec.Command("sh", "-c", tt.limit+"\nexec \"$0\" check -config \"$1\"", xmpptest.Binary(t, "weir"), file).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if warned := strings.Contains(string(out), warning); warned != tt.warned {
				t.Errorf("warned: %v; it says: %s", warned, out)
			}
		})
	}
	t.Run("serving", func(t *testing.T) {
		var own syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &own); err != nil {
			t.Fatal(err)
		}
		w := xmpptest.StartWeir(t, listener)
		limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", w.PID()))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(limits)) {
			f := strings.Fields(line)
			if strings.HasPrefix(line, "Max open files") && (len(f) < 5 || f[3] != f[4] || f[4] != fmt.Sprint(own.Max)) {
				t.Errorf("weir runs with: %s", line)
			}
		}
	})
}
