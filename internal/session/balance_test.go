// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/engine/driver"
	"weir/table"
)

func balancing(loops int) bedConfig {
	c := usual()
	c.loops = loops
	c.settings.Conflict = table.Balance
	return c
}

// Each sender has one instance, whichever loop it is on and whatever its
// resource; all instances have some.
func TestBalanceShares(t *testing.T) {
	b := newBed(t, balancing(2))
	var all []*peer
	for i := range 3 {
		all = append(all, b.join(i%2, "b.example").joined())
	}
	from := b.join(0, "a.example").joined()
	const senders = 60
	for i := range senders {
		for _, resource := range []string{"", "/x", "/y"} {
			from.says(msg(fmt.Sprintf("u%d@a.example%s", i, resource), "v@b.example", "1"))
			from.says(msg(fmt.Sprintf("U%d@A.example%s", i, resource), "b.example", "2"))
		}
	}
	mine := map[string]int{}
	for n, p := range all {
		got := p.hears()
		if strings.Count(got, "<message") < senders {
			t.Errorf("instance %d has %d of %d messages", n, strings.Count(got, "<message"), 6*senders)
		}
		for i := range senders {
			low, up := strings.Count(got, fmt.Sprintf("'u%d@", i)), strings.Count(got, fmt.Sprintf("'U%d@", i))
			if low+up != 0 && low+up != 6 {
				t.Errorf("instance %d has %d of the 6 messages of sender %d", n, low+up, i)
			}
			mine[fmt.Sprint(i)] += low + up
		}
	}
	if len(mine) != senders {
		t.Errorf("%d senders were heard", len(mine))
	}
	b.balanceBooks()
}

// When an instance goes, only its share moves: what waits for it first, in
// order, then what comes later.
func TestBalanceInstanceLeaves(t *testing.T) {
	leave := map[string]func(*peer){
		"in order": func(p *peer) { p.says("</stream:stream>") },
		"broken":   func(p *peer) { p.vanish(); p.ends(driver.Failed) },
		"half":     func(p *peer) { p.ends(driver.End) },
		"bad":      func(p *peer) { p.says("<"); p.says("<") },
	}
	for name, how := range leave {
		for _, loops := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s/loops=%d", name, loops), func(t *testing.T) {
				b := newBed(t, balancing(loops))
				stuck, others := b.join(loops-1, "b.example").joined().narrow(), []*peer{b.join(0, "b.example").joined(), b.join(loops-1, "b.example").joined()}
				from := b.join(0, "a.example").joined()
				said := map[int]string{}
				say := func(sender int, id string) {
					m := long(fmt.Sprintf("u%d@a.example", sender), "b.example", id, 500)
					said[sender] += m
					from.says(m)
				}
				const senders = 30
				for round := range 5 {
					for i := range senders {
						say(i, fmt.Sprint(round))
					}
				}
				heard := []string{stuck.takes(0), others[0].hears(), others[1].hears()}
				how(stuck)
				for i := range senders {
					say(i, "last")
				}
				heard[1] += others[0].hears()
				heard[2] += others[1].hears()
				if !stuck.shut {
					heard[0] = stuck.hears()
				}
				for i := range senders {
					at := map[int]string{}
					for n, h := range heard {
						for _, m := range strings.SplitAfter(h, "</message>") {
							if strings.Contains(m, fmt.Sprintf("'u%d@", i)) && strings.HasSuffix(m, "</message>") {
								at[n] += m
							}
						}
					}
					// Who shared with the one that stayed has all there; the
					// others have the first part at the one that left.
					all := at[0] + at[1] + at[2]
					if at[1] != "" && at[2] != "" {
						t.Errorf("sender %d moved between those who stayed", i)
					}
					if !stuck.shut && all != said[i] || stuck.shut && !strings.HasSuffix(said[i], all) {
						t.Errorf("sender %d: %d messages were heard, %d said", i, strings.Count(all, "<m"), strings.Count(said[i], "<m"))
					}
				}
				b.balanceBooks()
				if from.hears() != "" {
					t.Error("something was answered although others serve the name")
				}
			})
		}
	}
}

// An answer goes to the instance that asked, once; a second one by the sender's
// address, like all else.
func TestBalanceAnswerToWhoAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, balancing(2))
		asker := b.join(0, "a.example").joined()
		asked := b.join(1, "b.example").joined()
		var others []*peer
		for range 7 { // so that the hash hardly ever picks the asker by itself
			others = append(others, b.join(1, "a.example").joined())
		}
		hash := func(id string) (n int) {
			for _, p := range others {
				n += strings.Count(p.hears(), "id='"+id+"'")
			}
			return n
		}
		hits := 0
		for i := range 20 {
			id, peer := fmt.Sprint("q", i), fmt.Sprintf("v%d@b.example/R", i)
			asker.says("<iq type='get' from='bot@A.example' to='" + peer + "' id='" + id + "'><q xmlns='u'/></iq>")
			asked.hears()
			typ := []string{"result", "error"}[i%2]
			answer := "<iq type='" + typ + "' from='" + peer + "' to='bot@a.example' id='" + id + "'/>"
			asked.says(answer)
			asker.wants(answer)
			asked.says(answer)
			hits += hash(id)
			asker.hears()
		}
		if hits < 10 {
			t.Errorf("only %d of 20 second answers went by the hash: nothing is shown", hits)
		}
		// A question is remembered for a bounded time.
		asker.says("<iq type='set' from='a.example' to='b.example' id='old'><q xmlns='u'/></iq>")
		asked.hears()
		b.turn(10 * time.Minute)
		asked.says("<iq type='result' from='b.example' to='a.example' id='old'/>")
		if n := hash("old") + strings.Count(asker.hears(), "old"); n != 1 {
			t.Errorf("a late answer came %d times", n)
		}
		// Who asked has left: by the hash.
		asker.says("<iq type='set' from='a.example' to='b.example' id='left'><q xmlns='u'/></iq>")
		asked.hears()
		asker.says("</stream:stream>")
		asked.says("<iq type='result' from='b.example' to='a.example' id='left'/>")
		if hash("left") != 1 {
			t.Error("an answer to who has left did not come to who remains")
		}
		b.balanceBooks()
	})
}

// A name is shared only among those that came to share it.
func TestBalanceDoesNotMix(t *testing.T) {
	c := balancing(1)
	b := newBed(t, c)
	alone := b.anotherListener(func(s *Settings) { s.Conflict = table.Disconnect })
	one := b.connectAt(0, alone).negotiate("one.example", "").joined()
	b.join(0, "one.example").over(streamError("conflict", ""))
	two := b.join(0, "two.example").joined()
	b.connectAt(0, alone).negotiate("two.example", "").over(streamError("conflict", ""))
	b.join(0, "two.example").joined()
	one.wants("")
	two.wants("")
}

// All leave: the name is free, what is for it is answered, and the next one may
// come by any listener.
func TestBalanceAllLeave(t *testing.T) {
	b := newBed(t, balancing(2))
	alone := b.anotherListener(func(s *Settings) { s.Conflict = table.Disconnect })
	from := b.connectAt(0, alone).negotiate("a.example", "").joined()
	all := []*peer{b.join(0, "b.example").joined().narrow(), b.join(1, "b.example").joined().narrow(), b.join(1, "b.example").joined().narrow()}
	const said = 100
	for i := range said {
		from.says(long(fmt.Sprintf("u%d@a.example", i), "b.example", fmt.Sprint(i), 500))
	}
	for _, p := range all {
		p.vanish()
		p.ends(driver.Failed)
	}
	_, written := b.counts()
	if got := strings.Count(from.hears(), "<error type='cancel'><remote-server-not-found "); got+int(written) != said || got == 0 {
		t.Errorf("%d said, %d written, %d answered", said, written, got)
	}
	b.connectAt(0, alone).negotiate("b.example", "").joined()
	b.balanceBooks()
}
