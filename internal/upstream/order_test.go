// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"strings"
	"testing"
	"time"

	"weir/engine/driver"
)

// A link breaks in writing, and its end is heard later: what it was given in vain
// goes before what has begun to wait in between.
func TestOrderWhenALinkBreaks(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		s.vanish()
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		bot.says(msg("x@bot.org", "u@server.org", "2"))
		b.hand.loop.Data(s.slot, nil, driver.Failed)
		b.pass(time.Second)
		s = b.answer("s", "bot.org")
		bot.says(msg("x@bot.org", "u@server.org", "3"))
		s.wants(msg("x@bot.org", "u@server.org", "1") + msg("x@bot.org", "u@server.org", "2") + msg("x@bot.org", "u@server.org", "3"))
	})
}

// The same for a component.
func TestOrderWhenAComponentBreaks(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		bot.vanish()
		s.says(msg("u@server.org", "x@bot.org", "1"))
		s.says(msg("u@server.org", "x@bot.org", "2"))
		b.hand.loop.Data(bot.slot, nil, driver.Failed)
		b.turn(0)
		s.says(msg("u@server.org", "x@bot.org", "3"))
		b.join("bot.org").joined(msg("u@server.org", "x@bot.org", "1"), msg("u@server.org", "x@bot.org", "2"), msg("u@server.org", "x@bot.org", "3"))
	})
}

// A component that leaves twice has its whole time the second time.
func TestLingerBeginsAnew(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		b.answer("s", "bot.org")
		bot.dies(driver.End)
		b.pass(20 * time.Second)
		b.join("bot.org").joined().dies(driver.End)
		b.pass(29 * time.Second)
		if !b.m.Awaits([]byte("bot.org")) {
			t.Error("it is given up before its time")
		}
		b.pass(2 * time.Second)
		if b.m.Awaits([]byte("bot.org")) || b.m.find([]byte("bot.org")) != nil {
			t.Error("it is not given up after its time")
		}
	})
}

// A first server that comes and goes does not get its names back before it has
// lasted.
func TestFlappingServerIsNotTaken(t *testing.T) {
	run(t, []Settings{usual("one"), usual("two")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		one, two := b.answer("one", "bot.org"), b.answer("two", "bot.org")
		one.dies(driver.End)
		b.pass(time.Second)
		b.answer("one", "bot.org").dies(driver.End) // at some time before the second
		b.pass(2 * time.Second)
		one = b.answer("one", "bot.org")
		b.pass(8 * time.Second)
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		if got := two.hears(); !strings.Contains(got, "id='1'") {
			t.Errorf("the standby hears %q: the first was taken before it had lasted", got)
		}
		b.pass(4 * time.Second)
		bot.says(msg("x@bot.org", "u@server.org", "2"))
		one.wants(msg("x@bot.org", "u@server.org", "2"))
	})
}
