// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"strings"
	"testing"

	"weir/internal/session"
)

// Whoever serves the name is told why it ends, nobody else is, and the name is free.
func TestCommands(t *testing.T) {
	for word, command := range map[string]func(*session.Hub, string) int{"policy-violation": Kick, "system-shutdown": Drain} {
		b := newBed(t, 2)
		other := b.join(0, "b.example", "")
		p := b.join(1, "a.example", "")
		var ended, nobody int
		b.asked(func() { ended, nobody = command(b.hub, "a.example"), command(b.hub, "c.example") })
		if ended != 1 || nobody != 0 {
			t.Errorf("%s: %d ended, and %d of a name that nobody has", word, ended, nobody)
		}
		if got := p.hears(); !strings.Contains(got, "<"+word+" ") || !strings.HasSuffix(got, "</stream:stream>") {
			t.Errorf("%s: it hears %q", word, got)
		}
		if got := other.hears(); got != "" {
			t.Errorf("%s: another one hears %q", word, got)
		}
		b.join(0, "a.example", "")
	}
}
