// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/engine/driver"
)

// A component that breaks while it is given what has waited for it has left: its
// links do not stay for ever.
func TestComponentBreaksInItsWelcome(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		bot.dies(driver.End)
		long := strings.Repeat("x", 10_000)
		for i := range 50 {
			s.says(fmt.Sprintf("<message from='u@server.org' to='x@bot.org' id='%d'><body>%s</body></message>", i, long))
		}
		b.joinAndVanish("bot.org")
		if strings.Count(b.log.String(), "component left") != 2 {
			t.Fatalf("it did not break while it was let in:\n%s", b.log.String())
		}
		b.pass(31 * time.Second)
		if b.m.find([]byte("bot.org")) != nil {
			t.Error("its name is never given up")
		}
		if got := s.hears(); !strings.HasSuffix(got, "</stream:stream>") {
			t.Errorf("its link stays: the server hears %q", got)
		}
	})
}

// What waits for a component is not given to one that is refused its name.
func TestRefusedNameIsNotWelcomed(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		rules := *b.hub.Rules()
		rules.Hosts = []string{"one.org"}
		b.hub.SetRules(&rules)
		many := b.joinAs("bot", " is_subdomain='true'").joined()
		b.answer("s", "bot.one.org")
		owner, other := b.join("bot.two.org").joined(), b.join("bot.three.org").joined()
		s := b.answer("s", "bot.two.org")
		owner.dies(driver.End)
		s.says(msg("u@server.org", "x@bot.two.org", "1"))
		b.hub.AddHosts([]string{"two.org", "three.org"})
		many.wants("")
		b.join("bot.two.org").joined(msg("u@server.org", "x@bot.two.org", "1"))
		other.wants("")
	})
}
