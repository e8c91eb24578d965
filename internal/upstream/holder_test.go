// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"strings"
	"testing"
	"time"

	"weir/engine/driver"
	"weir/internal/cluster/directory"
	"weir/internal/session"
)

var here, there = directory.Peer{Node: "aaaaaaaaaa", Incarnation: 1}, directory.Peer{Node: "bbbbbbbbbb", Incarnation: 2}

// others is the rest of a cluster: every name is given at once, and what is sent is remembered.
type others struct {
	b    *bed
	dir  *directory.Directory
	sent []string
}

func (o *others) Claim(_ session.Claim, done func(error))     { done(nil) }
func (o *others) Release([]string, uint64)                    {}
func (o *others) Epoch(string, uint64) (uint64, bool)         { return 5, true }
func (o *others) Outdated([]byte, session.Origin) bool        { return false }
func (o *others) Flush()                                      {}
func (o *others) Changes() uint64                             { return o.dir.Changes() }
func (o *others) Settle(uint32)                               {}
func (o *others) From(uint32) directory.Peer                  { return there }
func (o *others) Place(uint32) session.Place                  { return session.Place{} }
func (o *others) Reported(directory.Peer, session.Place) bool { return false }
func (o *others) Directory() *directory.Directory             { return o.dir }
func (o *others) Send(m session.Message) (sent session.Sent) {
	o.sent = append(o.sent, string(m.Bytes))
	return session.SentOn
}

// epochs says by which epochs the other node and we have bot.org; 0: it is not there.
func (o *others) epochs(theirs, ours uint64) {
	var all []directory.Holder
	if theirs != 0 {
		all = append(all, directory.Holder{Peer: there, ID: 2, Epoch: theirs})
	}
	if ours != 0 {
		all = append(all, directory.Holder{Peer: here, ID: 1, Epoch: ours})
	}
	o.dir.Update("bot.org", all)
	o.b.turn(0)
}

// ids are those of the messages that were sent to the other node.
func (o *others) ids() (all string) {
	for _, m := range o.sent {
		_, id, _ := strings.Cut(m, " id='")
		id, _, _ = strings.Cut(id, "'")
		all += id
	}
	return all
}

func clustered(b *bed) *others {
	o := &others{b: b, dir: directory.New(here)}
	o.dir.SetNode(there)
	b.hub.SetCluster(o, 100)
	return o
}

// A node with the younger claim opens no link; what its component says goes to the other one, and when that one's claim is gone it
// opens the link.
func TestLinkOfTheOldestClaim(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		o := clustered(b)
		o.epochs(4, 0)
		bot := b.join("bot.org").joined()
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		bot.says(msg("x@bot.org", "u@server.org", "2"))
		b.pass(time.Second)
		if b.tries != 0 || len(o.sent) != 0 {
			t.Errorf("%d tries, %d sent, before our claim is known", b.tries, len(o.sent))
		}
		o.epochs(4, 5)
		bot.says(msg("x@bot.org", "u@server.org", "3"))
		b.pass(time.Second)
		if b.tries != 0 || o.ids() != "123" {
			t.Errorf("%d tries, sent are %q", b.tries, o.ids())
		}
		if s := b.m.Status(); len(s) != 1 || s[0].State != "elsewhere" || s[0].HeldBy != "bbbbbbbbbb" {
			t.Errorf("the status is %+v", s)
		}
		o.epochs(0, 5)
		bot.says(msg("x@bot.org", "u@server.org", "4"))
		b.answer("s", "bot.org").wants(msg("x@bot.org", "u@server.org", "4"))
		if o.ids() != "123" {
			t.Errorf("sent are %q", o.ids())
		}
	})
}

// A node that holds a link no more ends it; what its component says meanwhile waits until the link has ended, and then goes to the
// other node, in order.
func TestLinkGoesToAnOlderClaim(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		o := clustered(b)
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		s.wants(msg("x@bot.org", "u@server.org", "1"))
		o.epochs(4, 5)
		s.wants("</stream:stream>")
		bot.says(msg("x@bot.org", "u@server.org", "2"))
		bot.says(msg("x@bot.org", "u@server.org", "3"))
		if len(o.sent) != 0 {
			t.Errorf("%q overtakes what the link has been given", o.ids())
		}
		s.dies(driver.End)
		bot.says(msg("x@bot.org", "u@server.org", "4"))
		if o.ids() != "234" {
			t.Errorf("sent are %q", o.ids())
		}
	})
}

// What a broken link was given in vain goes to the other node, ahead of what came later.
func TestUnsentGoesToTheHolder(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		o := clustered(b)
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		s.vanish()
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		bot.says(msg("x@bot.org", "u@server.org", "2"))
		o.epochs(4, 5)
		b.hand.loop.Data(s.slot, nil, driver.Failed)
		b.turn(0)
		bot.says(msg("x@bot.org", "u@server.org", "3"))
		if o.ids() != "123" {
			t.Errorf("sent are %q", o.ids())
		}
	})
}

// A component that leaves while others serve its name leaves no link behind, and what servers have sent it goes to them. The link
// stays as long as our claim is known to be the oldest.
func TestNoLingerBesideOthers(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		o := clustered(b)
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		o.epochs(6, 5)
		bot.vanish()
		s.says(msg("u@server.org", "x@bot.org", "1"))
		b.hand.loop.Data(bot.slot, nil, driver.Failed)
		b.turn(0)
		s.says(msg("u@server.org", "x@bot.org", "2"))
		if o.ids() != "12" || s.hears() != "" {
			t.Errorf("sent are %q", o.ids())
		}
		o.epochs(6, 0)
		s.wants("</stream:stream>")
		if b.m.find([]byte("bot.org")) != nil {
			t.Error("the name lingers")
		}
	})
}

// Nobody else serves it: the link lingers as in no cluster.
func TestLingerOfTheLast(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		o := clustered(b)
		o.epochs(4, 0)
		bot := b.join("bot.org").joined()
		o.epochs(0, 0)
		s := b.answer("s", "bot.org")
		bot.dies(driver.End)
		b.pass(29 * time.Second)
		s.wants("")
		b.pass(2 * time.Second)
		s.wants("</stream:stream>")
	})
}

// A server that still has the session of the node before us is asked again soon, nothing that waits is answered, and nobody is told
// to do something; later a conflict is one.
func TestConflictWhileTheLinkMoves(t *testing.T) {
	const conflict = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
	refuse := func(b *bed) {
		e := b.call("s")
		e.hears()
		e.says("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='bot.org' id='i1'>")
		e.hears()
		e.says(conflict)
		e.dies(driver.End)
	}
	run(t, []Settings{usual("s")}, func(b *bed) {
		o := clustered(b)
		o.epochs(4, 0)
		bot := b.join("bot.org").joined()
		o.epochs(4, 5)
		b.pass(time.Minute)
		o.epochs(0, 5)
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		for range 3 {
			refuse(b)
			b.pass(time.Second + 100*time.Millisecond)
		}
		s := b.answer("s", "bot.org")
		s.wants(msg("x@bot.org", "u@server.org", "1"))
		bot.wants("")
		if strings.Contains(b.log.String(), "refuses") || b.m.Servers()[0].Refused != 0 {
			t.Errorf("it is told as a refusal:\n%s", b.log.String())
		}
		s.dies(driver.End)
		b.pass(movingTime)
		refuse(b)
		b.turn(0)
		if !strings.Contains(b.log.String(), "refuses") || b.m.Servers()[0].Refused != 1 {
			t.Errorf("a conflict that nothing explains is not told:\n%s", b.log.String())
		}
	})
}

// A node that is cut off gives up the links of names that others serve, and has them again when it is back.
func TestLinkOfANodeThatIsCutOff(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		o := clustered(b)
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		b.hub.CutOff(true)
		s.wants("") // it is its own alone
		o.epochs(6, 5)
		s.wants("</stream:stream>")
		s.dies(driver.End)
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		b.pass(time.Second)
		if b.called("s") || len(o.sent) != 0 {
			t.Errorf("called %v, sent %q", b.called("s"), o.ids())
		}
		b.hub.CutOff(false)
		b.answer("s", "bot.org").wants(msg("x@bot.org", "u@server.org", "1"))
	})
}
