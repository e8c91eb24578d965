// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"

	"weir/internal/xmpptest"
)

// TestUpgradeKeepsStreams: components do not notice that another process serves
// them, in the middle of a stanza, and whoever comes then finds the new one.
func TestUpgradeKeepsStreams(t *testing.T) {
	for _, driver := range []string{"epoll", "io_uring"} {
		t.Run(driver, func(t *testing.T) {
			w := xmpptest.StartWeir(t, fmt.Sprintf("[engine]\ndriver = %q\n", driver)+listener)
			a, b := dial(t, w, "a.example"), dial(t, w, "b.example")
			m := sized(t, "a.example", "b.example", 3000)
			for i := range 3 {
				a.Send(m + m[:1000*(i+1)])
				b.Expect(m)
				u := w.Upgrade()
				t.Logf("streams stood still for %v", u.Pause)
				a.Send(m[1000*(i+1):])
				b.Expect(m)
				b.Send(sized(t, "b.example", "a.example", 500))
				a.Expect(sized(t, "b.example", "a.example", 500))
				c := dial(t, w, "c.example")
				c.Send(sized(t, "c.example", "a.example", 400))
				a.Expect(sized(t, "c.example", "a.example", 400))
				c.End()
			}
			a.End()
			b.End()
		})
	}
}
