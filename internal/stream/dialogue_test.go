// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/internal/wire"
	"weir/xmlscan"
)

// A dialogue is a conversation as a person can read it. Lines:
//
//	set> role initiator       the machine under test; the acceptor without it
//	set> passwords a b        what is right; "secret" without it
//	set> limit 1000           bytes of a stanza
//	peer> TEXT                what the peer writes, with Go's escapes (\n, \xff)
//	peer+ TEXT                the same piece of input goes on
//	do> establish             what the machine's owner does: establish, or as
//	do> fail COND TEXT        initiator open and finish, or fail
//	event> NAME ...           what Next returns
//	us> TEXT                  what the machine writes
//	# ...                     a remark
//
// {proof PASSWORD} stands for the proof of that password. The stream id is ID.
// A step (a piece of input, or a deed) is followed by what it causes.
type dialogue struct {
	steps     []step
	initiator bool
	passwords []string
	limits    xmlscan.Limits
}

type step struct {
	lead  []string // remarks and set lines before it, for rewriting
	input []string // peer lines as written, or one do line
	deed  string   // empty for input
	bytes []byte   // of the input
	want  []string // event and us lines
}

const dialogueID = "ID"

func parseDialogue(t *testing.T, text string) *dialogue {
	t.Helper()
	d := &dialogue{passwords: []string{"secret"}}
	var lead []string
	for n, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		line = strings.TrimLeft(line, "\t")
		key, rest, _ := strings.Cut(line, " ")
		last := len(d.steps) - 1
		switch key {
		case "peer>", "peer+":
			if key == "peer>" {
				d.steps = append(d.steps, step{lead: lead})
				lead = nil
				last++
			}
			d.steps[last].input = append(d.steps[last].input, line)
			d.steps[last].bytes = append(d.steps[last].bytes, unescape(t, rest)...)
		case "do>":
			d.steps = append(d.steps, step{lead: lead, input: []string{line}, deed: rest})
			lead = nil
		case "event>", "us>":
			if last < 0 {
				t.Fatalf("line %d: nothing has happened yet", n+1)
			}
			d.steps[last].want = append(d.steps[last].want, line)
		case "set>":
			d.set(t, rest)
			lead = append(lead, line)
		default:
			if line != "" && !strings.HasPrefix(line, "#") {
				t.Fatalf("line %d: %q", n+1, line)
			}
			lead = append(lead, line)
		}
	}
	return d
}

func (d *dialogue) set(t *testing.T, option string) {
	t.Helper()
	words := strings.Fields(option)
	switch words[0] {
	case "role":
		d.initiator = words[1] == "initiator"
	case "passwords":
		d.passwords = words[1:]
	case "limit":
		n, err := strconv.Atoi(words[1])
		if err != nil {
			t.Fatal(err)
		}
		d.limits.StanzaBytes = n
	default:
		t.Fatalf("set> %s", option)
	}
}

var proofPattern = regexp.MustCompile(`\{proof ([^}]*)\}`)

func unescape(t *testing.T, s string) []byte {
	t.Helper()
	s = proofPattern.ReplaceAllStringFunc(s, func(m string) string {
		p := wire.Digest(dialogueID, proofPattern.FindStringSubmatch(m)[1])
		return string(p[:])
	})
	u, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	return []byte(u)
}

func escape(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// machine is what both sides have in common.
type machine interface {
	Feed([]byte)
	Suspend()
	Next([]byte) (Event, []byte)
	Stanza() *xmlscan.Stanza
	Verdict() Verdict
	State() State
	AppendState([]byte) []byte
	Fail([]byte, xmlscan.Condition, string) []byte
}

// player plays a dialogue to a machine.
type player struct {
	t       *testing.T
	d       *dialogue
	m       machine
	restore func(state []byte) machine
	scratch xmlscan.Scratch

	export  bool // before each piece: carry on in a machine made from the state
	suspend bool // after each piece: suspend before looking at it
	fed     int  // bytes of input so far
	lines   []string
	out     []byte // not yet a line
}

func newPlayer(t *testing.T, d *dialogue) *player {
	p := &player{t: t, d: d}
	scan := xmlscan.Config{Limits: d.limits, Scratch: &p.scratch}
	if d.initiator {
		cfg := &InitiateConfig{Scan: scan, Password: d.passwords[0]}
		i := &Initiator{}
		i.Init(cfg, "chat.example.org")
		p.m = i
		p.restore = func(state []byte) machine {
			i := &Initiator{}
			if err := i.Restore(cfg, state); err != nil {
				t.Fatalf("at byte %d: %v", p.fed, err)
			}
			return i
		}
		return p
	}
	cfg := &AcceptConfig{Scan: scan, Passwords: d.passwords}
	a := &Acceptor{}
	a.Init(cfg, dialogueID)
	p.m = a
	p.restore = func(state []byte) machine {
		a := &Acceptor{}
		if err := a.Restore(cfg, state); err != nil {
			t.Fatalf("at byte %d: %v", p.fed, err)
		}
		return a
	}
	return p
}

// play returns what each step caused. cut says whether the input is cut
// before its n-th byte.
func (p *player) play(cut func(n int) bool) [][]string {
	var all [][]string
	for i := range p.d.steps {
		s := &p.d.steps[i]
		if s.deed != "" {
			p.do(s.deed)
		}
		for b := s.bytes; len(b) > 0; {
			n := 1
			for n < len(b) && !cut(p.fed+n) {
				n++
			}
			p.feed(b[:n])
			b = b[n:]
		}
		p.flush()
		all = append(all, p.lines)
		p.lines = nil
	}
	return all
}

func (p *player) feed(piece []byte) {
	if p.export {
		p.m = p.restore(p.m.AppendState(nil))
	}
	b := slices.Clone(piece)
	p.m.Feed(b)
	p.fed += len(b)
	if p.suspend {
		p.m.Suspend()
		spoil(b)
	}
	p.drain()
	spoil(b)
}

// spoil overwrites input that is no longer lent to the machine.
func spoil(b []byte) {
	for i := range b {
		b[i] = 0xA5
	}
}

func (p *player) drain() {
	for range 1000 {
		var ev Event
		ev, p.out = p.m.Next(p.out)
		if ev == NeedMore || ev == Ended {
			if (ev == Ended) != (p.m.State() == Final) {
				p.t.Fatalf("%v in state %v", ev, p.m.State())
			}
			return
		}
		// What was written before the event belongs to what came before; an
		// event's own words come behind it.
		p.lines = append(p.lines, "event> "+escape(p.describe(ev)))
		p.flush()
	}
	p.t.Fatalf("byte %d: no end to the events", p.fed)
}

func (p *player) flush() {
	if len(p.out) > 0 {
		p.lines = append(p.lines, "us> "+escape(string(p.out)))
		p.out = p.out[:0]
	}
}

func (p *player) describe(ev Event) string {
	switch ev {
	case Opened:
		if a, ok := p.m.(*Acceptor); ok {
			return strings.TrimRight(fmt.Sprintf("Opened %s %s", a.Name(), map[bool]string{true: "subdomain"}[a.Subdomain()]), " ")
		}
	case StanzaReady, Dropped:
		return fmt.Sprintf("%v %s", ev, p.m.Stanza().Raw)
	case Failed, PeerError:
		return strings.TrimRight(fmt.Sprintf("%v %s %s", ev, p.m.Verdict().Condition, p.m.Verdict().Text), " ")
	}
	return ev.String()
}

func (p *player) do(deed string) {
	p.flush()
	words := strings.SplitN(deed, " ", 3)
	switch words[0] {
	case "establish":
		if p.m.State() != WaitRegister {
			p.t.Fatalf("%v, not Authenticated: %v", p.m.State(), p.m.Verdict())
		}
		p.out = p.m.(*Acceptor).Establish(p.out)
	case "open":
		p.out = p.m.(*Initiator).Open(p.out)
	case "finish":
		p.out = p.m.(*Initiator).Finish(p.out)
	case "fail":
		text := ""
		if len(words) == 3 {
			text = words[2]
		}
		p.out = p.m.Fail(p.out, xmlscan.Condition(words[1]), text)
	default:
		p.t.Fatalf("do> %s", deed)
	}
	p.flush()
	p.drain()
}

// talkWhole plays a dialogue in whole pieces and byte by byte, and wants what
// it says each time.
func talkWhole(t *testing.T, text string) {
	t.Helper()
	d := parseDialogue(t, text)
	d.check(t, "whole", newPlayer(t, d), func(int) bool { return false })
	for _, how := range []string{"", "suspended", "exported"} {
		p := newPlayer(t, d)
		p.suspend, p.export = how == "suspended", how == "exported"
		d.check(t, "byte by byte "+how, p, func(int) bool { return true })
	}
}

// talk plays a dialogue like talkWhole, and also cut once at each byte, with
// and without an export there.
func talk(t *testing.T, text string) {
	t.Helper()
	talkWhole(t, text)
	d := parseDialogue(t, text)
	total := 0
	for _, s := range d.steps {
		total += len(s.bytes)
	}
	for at := 1; at < total; at++ {
		cut := func(n int) bool { return n == at }
		d.check(t, fmt.Sprintf("cut before byte %d", at), newPlayer(t, d), cut)
		p := newPlayer(t, d)
		p.export = true
		d.check(t, fmt.Sprintf("exported before byte %d", at), p, cut)
	}
}

func (d *dialogue) check(t *testing.T, how string, p *player, cut func(int) bool) {
	t.Helper()
	got := p.play(cut)
	for i, s := range d.steps {
		if !slices.Equal(s.want, got[i]) {
			t.Fatalf("%s: behind %q (-want +got):\n%s", how, s.input, cmp.Diff(s.want, got[i]))
		}
	}
}
