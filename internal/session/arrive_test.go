// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"
	"testing"

	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/internal/router"
	"weir/internal/wire"
)

// others is a cluster that gives every name at once and remembers what is sent.
type others struct {
	dir     *directory.Directory
	lost    map[string]bool // names of ours that another node has got
	sent    []string
	waiting int // messages that were not flushed
	settled map[uint32]int

	reported Place    // what was given up
	released []uint64 // the instances whose names were given back
}

const nameEpoch = 7

func (o *others) Claim(_ Claim, done func(error))                { done(nil) }
func (o *others) Release(_ []string, id uint64)                  { o.released = append(o.released, id) }
func (o *others) Epoch(name string, _ uint64) (uint64, bool)     { return nameEpoch, !o.lost[name] }
func (o *others) Outdated(name []byte, c Origin) (outdated bool) { return c.Epoch == nameEpoch-1 }
func (o *others) Flush()                                         { o.waiting = 0 }
func (o *others) Changes() uint64                                { return o.dir.Changes() + uint64(len(o.lost)) }
func (o *others) Settle(src uint32)                              { o.settled[src]++ }
func (o *others) From(uint32) directory.Peer                     { return there }
func (o *others) Place(src uint32) Place                         { return Place{Lane: 1, Epoch: 2, Seq: uint64(src)} }
func (o *others) Reported(_ directory.Peer, p Place) bool        { return p.Seq != 0 && o.reported == p }
func (o *others) Directory() *directory.Directory                { return o.dir }
func (o *others) Send(m Message) Sent {
	o.sent = append(o.sent, string(m.Bytes))
	o.waiting++
	return SentOn
}

var here, there = directory.Peer{Node: "aaaaaaaaaa", Incarnation: 1}, directory.Peer{Node: "bbbbbbbbbb", Incarnation: 2}

// clustered makes the bed one node of two; the other one serves away.example.
func clustered(b *bed) *others {
	o := &others{dir: directory.New(here), lost: map[string]bool{}, settled: map[uint32]int{}}
	b.hub.SetCluster(o, 100)
	r, err := router.New(router.Config{Elsewhere: o.dir}, b.hub.Table)
	if err != nil {
		b.t.Fatal(err)
	}
	b.hub.SetRules(&Rules{Router: r})
	o.dir.SetNode(there)
	o.dir.Update("away.example", []directory.Holder{{Peer: there, ID: 1, Epoch: nameEpoch}})
	return o
}

// arrives has a message come from the other node.
func (b *bed) arrives(o *others, kind byte, dest, epoch uint64, src uint32, raw string) {
	e := envelope.Envelope{Kind: kind, ID: 1, Epoch: nameEpoch, Dest: dest}
	b.locals[0].Arrive(Arrival{From: there, Epoch: epoch, Bytes: append(e.Append(nil), raw...), Src: src})
	b.turn(0)
}

// hostile is what no node of ours sends.
var hostile = []string{
	"<message from='x@away.example' to='b.example'/><message from='x@away.example' to='b.example'/>",
	"<message from='x@away.example' to='b.example'/><message from='x@aw",
	"<message from='x@away.example' to='b.example'/></stream:stream>",
	"<message from='x@away.example' to='b.example'/> ",
	" <message from='x@away.example' to='b.example'/>",
	"<message from='x@away.example' to='b.example'>",
	"</stream:stream>", "<stream:error/>", "<!DOCTYPE x>", "<", "\x00", "&", "text",
	"<message from='x@away.example'/>", "<message to='b.example'/>", "<message from='' to=''/>",
	"<message from='@' to='b.example'/>", "<message from='x@away.example' to='a@b@b.example'/>",
	"<message from='x@away.example' to='" + strings.Repeat("b", 5000) + "'/>",
	"<message xmlns='urn:x' from='x@away.example' to='b.example'/>", "<handshake from='x@away.example' to='b.example'/>",
	"<p:message from='x@away.example' to='b.example'/>",
	"<message from='x@away.example' to='b.example'><q xmlns='a}b'/></message>", "<message xmlns:q='a b' from='x@away.example' to='b.example'/>",
	strings.Repeat("<message>", 3000),
}

// Whatever another node sends, a component's stream gets one whole stanza or nothing,
// and each message is settled once.
func TestArrivalIsOneStanza(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	to := b.join(0, "b.example").joined()
	dest, good := to.s.inst.ID, "<message from='x@away.example' to='b.example' id='1'/>"
	src := uint32(engine.Foreign)
	for _, kind := range []byte{envelope.ToComponent, envelope.Answer} {
		for _, raw := range hostile {
			src++
			b.arrives(o, kind, dest, nameEpoch, src, raw)
			if got := to.hears(); got != "" {
				t.Errorf("%c %.80q: the component hears %q", kind, raw, got)
			}
			if o.settled[src] != 1 {
				t.Errorf("%c %.80q is settled %d times", kind, raw, o.settled[src])
			}
		}
		b.arrives(o, kind, dest, nameEpoch, src+1000, good)
		to.wants(good)
	}
}

// What is sent by an old claim of either side is answered, not delivered.
func TestArrivalByAnOldClaim(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	to := b.join(0, "b.example").joined()
	one := "<message from='x@away.example' to='b.example' id='1'/>"
	for _, e := range []struct{ from, to uint64 }{{nameEpoch - 1, nameEpoch}, {nameEpoch, nameEpoch - 1}} {
		o.sent = nil
		m := envelope.Envelope{Kind: envelope.ToComponent, ID: 1, Epoch: e.from, Dest: to.s.inst.ID}.Append(nil)
		b.locals[0].Arrive(Arrival{From: there, Epoch: e.to, Bytes: append(m, one...), Src: engine.Foreign})
		to.wants("")
		if len(o.sent) != 1 || !strings.Contains(o.sent[0], "<remote-server-timeout") {
			t.Errorf("%+v: answered with %q", e, o.sent)
		}
	}
}

// Between the moment when another node gets a name and the end of the stream that had
// it, nothing goes out: without an epoch it would pass for a stanza of nobody's name.
func TestNothingGoesAcrossFromALostName(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	from := b.join(0, "a.example").joined()
	from.says(msg("a.example", "away.example", "1"))
	if len(o.sent) != 1 {
		t.Fatalf("%d messages were sent, want one", len(o.sent))
	}
	o.lost["a.example"] = true
	from.says(msg("a.example", "away.example", "2"))
	if len(o.sent) != 1 {
		t.Errorf("sent by a lost name: %q", o.sent[1:])
	}
	if got := from.hears(); !strings.Contains(got, "id='2'") || !strings.Contains(got, "<remote-server-timeout") {
		t.Errorf("the sender hears %q", got)
	}
}

// An answer says where the stanza was that it answers, so that one to what has been given up meanwhile goes no further:
// its sender has been told.
func TestAnAnswerToWhatWasGivenUp(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	to := b.join(0, "b.example").joined()
	b.arrives(o, envelope.ToComponent, 99, nameEpoch, engine.Foreign+7, "<message from='x@away.example' to='b.example' id='1'/>")
	if len(o.sent) != 1 {
		t.Fatalf("answered with %q", o.sent)
	}
	e, _, ok := envelope.Open([]byte(o.sent[0]))
	if want := o.Place(engine.Foreign + 7); !ok || e.Kind != envelope.Answer || e.Answers() != want {
		t.Errorf("the answer %+v is to %+v, not %+v", e, e.Answers(), want)
	}

	answer := "<message from='x@away.example' to='b.example' id='2' type='error'/>"
	arrives := func(at Place) {
		m := envelope.Envelope{Kind: envelope.Answer, Conn: to.s.conn.ID()}.Answering(at).Append(nil)
		b.locals[0].Arrive(Arrival{From: there, Bytes: append(m, answer...), Src: engine.Foreign})
		b.turn(0)
	}
	o.reported = Place{Lane: 3, Epoch: 4, Seq: 5}
	for _, at := range []Place{{}, {Lane: 3, Epoch: 4, Seq: 6}} {
		arrives(at)
		to.wants(answer)
	}
	lost := b.locals[0].Count.AnswersLost
	arrives(o.reported)
	to.wants("")
	if n := b.locals[0].Count.AnswersLost - lost; n != 1 {
		t.Errorf("%d answers are counted as lost, want one", n)
	}
}

// What had been read of a held stream that is told goodbye counts, and does not lie about
// until another event sends it.
func TestLastWordsGoAcrossAtOnce(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	from := b.join(0, "a.example").joined()
	from.s.conn.Hold(holdRate)
	from.says(msg("a.example", "away.example", "1"))
	if len(o.sent) != 0 {
		t.Fatal("the stream is not held")
	}
	from.s.Dismiss("kicked", wire.CondPolicyViolation, "")
	if len(o.sent) != 1 || o.waiting != 0 {
		t.Errorf("%d messages were sent, and %d wait", len(o.sent), o.waiting)
	}
}
