// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// TestDriver: what engine.driver asks for is what weir says it runs on, and serves on. On a kernel without io_uring, for which an
// environment variable stands here, it takes epoll and says why, in one line.
func TestDriver(t *testing.T) {
	const instead = "io_uring cannot be had, epoll takes its place"
	for _, tt := range []struct {
		wanted, without, runs string
		told                  int
	}{
		{"auto", "", "epoll", 0},
		{"epoll", "", "epoll", 0},
		{"auto", "1", "epoll", 0},
		{"io_uring", "1", "epoll", 1},
	} {
		t.Run(tt.wanted+tt.without, func(t *testing.T) {
			t.Setenv("WEIR_NO_IO_URING", tt.without)
			w := xmpptest.StartWeir(t, fmt.Sprintf("[engine]\ndriver = %q\n", tt.wanted)+listener)
			w.WaitLog(`"msg":"event loops","driver":"` + tt.runs + `"`)
			if n := strings.Count(w.Log(), instead); n != tt.told || n > 0 && !strings.Contains(w.Log(), "switched off by WEIR_NO_IO_URING") {
				t.Errorf("it is told %d times, want %d, with the reason: %s", n, tt.told, w.Log())
			}
			talk(dial(t, w, "a.example"), dial(t, w, "b.example"))
		})
	}
}
