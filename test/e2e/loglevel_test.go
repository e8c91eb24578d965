// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"syscall"
	"testing"

	"weir/internal/xmpptest"
)

// TestLogLevel: what is less important than the level is not logged, and a reload changes the level.
func TestLogLevel(t *testing.T) {
	w := xmpptest.StartWeir(t, "[general]\nloglevel = \"info\"\n"+listener)
	expectNoLogin(t, w, "wrong")
	dial(t, w, "one.example").End()
	w.WaitLog(`"level":"INFO","msg":"component left","component":"one.example"`)

	w.WriteConfig("[general]\nloglevel = \"warning\"\n" + listener)
	w.Signal(syscall.SIGHUP)
	waitFor(t, "the level to change", func() bool {
		before := strings.Count(w.Log(), `"level":"INFO"`)
		dial(t, w, "two.example").End()
		return strings.Count(w.Log(), `"level":"INFO"`) == before
	})
	expectNoLogin(t, w, "wrong")
	w.WaitLog(`(?s)"level":"WARN".*"level":"WARN"`)
}
