// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"weir/internal/xmpptest"
)

// TestPastedListener: the example of MongooseIM's page on component listeners, with the shaper it names, works as it stands
// there (the port apart, which a test leaves to the kernel).
func TestPastedListener(t *testing.T) {
	w := xmpptest.StartWeir(t, `
[shaper.fast]
  max_rate = 50000

[[listen.component]]
  port = 0
  access = "all"
  shaper = "fast"
  ip_address = "127.0.0.1"
  password = "secret"
`)
	xmpptest.Dial(t, w.Addr(), "c.example", "secret").Sync()
}
