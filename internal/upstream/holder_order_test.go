// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/cluster/envelope"
	"weir/internal/session"
)

// comes has a stanza for a server come from the other node.
func (o *others) comes(raw string) {
	b := envelope.Envelope{Kind: envelope.ToServer, Conn: 7, ID: 2, Epoch: 6, Name: "bot.org"}.Append(nil)
	o.b.local.Arrive(session.Arrival{From: there, Epoch: 5, Bytes: append(b, raw...), Src: engine.Foreign + 1})
	o.b.turn(0)
}

func question(id string) string {
	return "<iq type='get' from='x@bot.org' to='server.org' id='" + id + "'><q/></iq>"
}

func answerTo(id string) string {
	return "<iq type='result' from='server.org' to='x@bot.org' id='" + id + "'/>"
}

// What a server answers by our link goes to the instance that asked: the other node's, or ours, and of two that asked the same the last.
func TestAnswerGoesToTheNodeThatAsked(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		o := clustered(b)
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		o.epochs(6, 5)
		o.comes(question("1"))
		s.wants(question("1"))
		s.says(answerTo("1"))
		if o.ids() != "1" || bot.hears() != "" {
			t.Errorf("sent are %q", o.ids())
		}
		s.says(answerTo("1")) // nobody asked a second time
		bot.wants(answerTo("1"))
		o.comes(question("2"))
		bot.says(question("2"))
		s.wants(question("2") + question("2"))
		s.says(answerTo("2"))
		bot.wants(answerTo("2"))
		s.says(msg("u@server.org", "x@bot.org", "3"))
		bot.wants(msg("u@server.org", "x@bot.org", "3"))
		if o.ids() != "1" {
			t.Errorf("sent are %q", o.ids())
		}
	})
}

// What another node has sent waits with ours while the server is away; when the link becomes that node's it is answered, and ours goes
// there.
func TestForeignStanzasGoNoFurther(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		b.down["s"] = true
		o := clustered(b)
		bot := b.join("bot.org").joined()
		o.epochs(6, 5)
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		o.comes(msg("y@bot.org", "u@server.org", "2"))
		if len(o.sent) != 0 {
			t.Errorf("sent are %q", o.ids())
		}
		o.epochs(4, 5)
		if o.ids() != "12" || !strings.Contains(o.sent[1], "<remote-server-timeout") || strings.Contains(o.sent[0], "error") {
			t.Errorf("sent are %q", o.sent)
		}
		o.comes(msg("y@bot.org", "u@server.org", "3"))
		if o.ids() != "123" || !strings.Contains(o.sent[2], "<remote-server-timeout") {
			t.Errorf("sent are %q", o.sent)
		}
	})
}

// However the link comes and goes between nodes, and breaks: each stanza is brought to the server or to the other node, or is answered,
// once; and those of one pair that are brought are so in order.
func TestOrderWhileTheLinkMoves(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			run(t, []Settings{usual("s")}, func(b *bed) { newMoves(b, seed).play(80) })
		})
	}
}

// moves is a walk through what can happen to a link.
type moves struct {
	b      *bed
	o      *others
	r      *rand.Rand
	bot, s *end
	said   int
	taken  int      // of o.sent
	out    []string // what was brought, as SENDER-NUMBER
	back   []string // what was answered
}

func newMoves(b *bed, seed uint64) *moves {
	m := &moves{b: b, o: clustered(b), r: rand.New(rand.NewPCG(seed, 1))}
	m.bot = b.join("bot.org").joined()
	return m
}

var movedID = regexp.MustCompile(`id='(\w+-\d+)'( type='error')?`)

func (m *moves) play(steps int) {
	for range steps {
		m.step()
		m.look()
	}
	m.o.epochs(0, 5)
	m.b.pass(2 * time.Second)
	m.take()
	m.b.pass(30 * time.Second)
	m.look()
	all := append(slices.Clone(m.out), m.back...)
	slices.Sort(all)
	if once := slices.Compact(slices.Clone(all)); len(once) != len(all) || len(all) != m.said {
		m.b.t.Errorf("%d were said, %d brought, %d answered, %d of them different ones", m.said, len(m.out), len(m.back), len(once))
	}
	last := map[string]int{}
	for _, id := range m.out {
		who, text, _ := strings.Cut(id, "-")
		n, _ := strconv.Atoi(text)
		if n <= last[who] {
			m.b.t.Errorf("%s comes after %d: %q", id, last[who], m.out)
		}
		last[who] = n
	}
}

func (m *moves) step() {
	switch m.r.IntN(10) {
	case 0:
		m.o.epochs(4, 5) // the other node holds it
	case 1:
		m.o.epochs(6, 5) // we do
	case 2:
		m.o.epochs(0, 5) // nobody else has the name
	case 3:
		m.o.epochs(4, 0) // we are not told of our own claim yet
	case 4:
		if m.s != nil {
			m.s.dies(driver.End)
			m.s = nil
		}
	case 5:
		if m.s != nil { // it breaks, and we hear of it later
			m.s.vanish()
			m.say()
			m.b.hand.loop.Data(m.s.slot, nil, driver.Failed)
			m.s = nil
			m.b.turn(0)
		}
	case 6:
		m.take()
	default:
		m.say()
	}
}

func (m *moves) say() {
	for range 1 + m.r.IntN(3) {
		m.said++
		who := string(rune('x' + m.r.IntN(2)))
		m.bot.says(msg(who+"@bot.org", "u@server.org", fmt.Sprintf("%s-%d", who, m.said)))
	}
}

// take has the server take up a call, if there is one that is still wanted.
func (m *moves) take() {
	m.b.pass(time.Second)
	if m.s != nil {
		return
	}
	var e *end // the last one: weir has given up those before
	for m.b.called("s") {
		if e != nil {
			e.vanish()
		}
		e = m.b.call("s")
	}
	if e == nil {
		return
	}
	if head := e.hears(); !strings.Contains(head, " to='bot.org'") || strings.Contains(head, "</stream:stream>") {
		e.vanish()
		return
	}
	e.says("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='bot.org' id='i1'>")
	e.hears()
	e.says("<handshake/>")
	m.s = e
}

// look takes note of what has come out, and ends what weir has ended.
func (m *moves) look() {
	m.b.turn(0)
	if m.s != nil {
		got := m.s.hears()
		for _, id := range movedID.FindAllStringSubmatch(got, -1) {
			m.out = append(m.out, id[1])
		}
		if strings.Contains(got, "</stream:stream>") {
			m.s.dies(driver.End)
			m.s = nil
		}
	}
	for ; m.taken < len(m.o.sent); m.taken++ {
		m.out = append(m.out, movedID.FindStringSubmatch(m.o.sent[m.taken])[1])
	}
	for _, id := range movedID.FindAllStringSubmatch(m.bot.hears(), -1) {
		m.back = append(m.back, id[1])
	}
}
