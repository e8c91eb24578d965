// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// A component's stanzas to many users of a server, and theirs to it.
func TestBothWaysAllocateNothing(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		var up, down strings.Builder
		for i := range 64 {
			up.WriteString(msg("x@bot.org", fmt.Sprintf("u%d@server.org", i), "1"))
			down.WriteString(msg(fmt.Sprintf("u%d@server.org", i), "x@bot.org", "1"))
		}
		buf := make([]byte, 64<<10)
		for _, way := range []struct {
			name     string
			from, to *end
			feed     []byte
		}{{"up", bot, s, []byte(up.String())}, {"down", s, bot, []byte(down.String())}} {
			round := func() {
				b.hand.loop.Data(way.from.slot, way.feed, driver.Open)
				b.hand.loop.EndBatch(driver.Now())
				for {
					if n, err := unix.Read(way.to.fd, buf); n <= 0 || err != nil {
						break
					}
				}
			}
			for range 20 {
				round()
			}
			if n := testing.AllocsPerRun(100, round); n != 0 && !raceEnabled {
				t.Errorf("%s: %v allocations for 64 stanzas", way.name, n)
			}
		}
	})
}
