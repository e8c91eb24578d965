// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

const (
	serverSecret = "tail-water-3Kd8"
	bot          = "bot.example"
	user         = "u@srv.example/r"
)

// behind is the table of a server at an address.
func behind(addr string) string {
	return fmt.Sprintf("\n[[upstream]]\nname = \"srv\"\naddress = %q\nsecret = %q\ndomains = [\"*\"]\n", addr, serverSecret)
}

// oneSession is a scripted XMPP server that takes one session for a name, and refuses a second one with `conflict` as Prosody
// does when it is told to keep the first (component_conflict_resolve = "kick_old" is the other way).
type oneSession struct {
	t    testing.TB
	addr string

	mu       sync.Mutex
	sessions map[string]net.Conn
	got      map[string]string // what has been received for a name, whichever session it came by
	refused  int
	listener net.Listener
	done     sync.WaitGroup
}

func startOneSession(t testing.TB) *oneSession {
	t.Helper()
	s := &oneSession{t: t, addr: "127.0.0.1:0", sessions: map[string]net.Conn{}, got: map[string]string{}}
	s.start()
	t.Cleanup(s.stop)
	return s
}

// start has it be there, at the address where it was before.
func (s *oneSession) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.listener, s.addr = l, l.Addr().String()
	s.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.done.Go(func() { s.serve(c) })
		}
	})
}

// stop has it be away.
func (s *oneSession) stop() {
	_ = s.listener.Close()
	s.mu.Lock()
	for _, c := range s.sessions {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

var (
	toOf        = regexp.MustCompile(` to='([^']+)'`)
	handshakeOf = regexp.MustCompile(`<handshake>([0-9a-f]+)</handshake>`)
)

// serve is one connection.
func (s *oneSession) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	name := ""
	for name == "" {
		tag, err := r.ReadString('>')
		if err != nil {
			return
		}
		if to := toOf.FindStringSubmatch(tag); to != nil {
			name = to[1]
		}
	}
	fmt.Fprintf(c, "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='%s' id='s1'>", name)
	proof, err := r.ReadString('>')
	if err == nil && !strings.Contains(proof, "</") {
		var rest string
		rest, err = r.ReadString('>')
		proof += rest
	}
	if m := handshakeOf.FindStringSubmatch(proof); err != nil || m == nil || m[1] != xmpptest.Digest("s1", serverSecret) {
		return
	}
	s.mu.Lock()
	if s.sessions[name] != nil {
		s.refused++
		s.mu.Unlock()
		fmt.Fprint(c, "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
		return
	}
	s.sessions[name] = c
	s.mu.Unlock()
	fmt.Fprint(c, "<handshake/>")
	s.hear(name, c, r)
	s.mu.Lock()
	delete(s.sessions, name)
	s.mu.Unlock()
}

// hear receives until the end. A session is over with its stream, as Prosody's is.
func (s *oneSession) hear(name string, c net.Conn, r *bufio.Reader) {
	for {
		tag, err := r.ReadString('>')
		if err != nil {
			return
		}
		if tag == "</stream:stream>" {
			fmt.Fprint(c, tag)
			return
		}
		s.mu.Lock()
		s.got[name] += tag
		s.mu.Unlock()
	}
}

// expect waits until a text has been received for a name.
func (s *oneSession) expect(name, text string) {
	s.t.Helper()
	s.wait("received "+text, func() bool { return strings.Contains(s.got[name], text) })
}

// expectLink waits until a name has a session, and is that.
func (s *oneSession) expectLink(name string) (c net.Conn) {
	s.t.Helper()
	s.wait("a link of "+name, func() bool { c = s.sessions[name]; return c != nil })
	return c
}

// say sends to a name by the session it has.
func (s *oneSession) say(name, text string) {
	s.t.Helper()
	if _, err := s.expectLink(name).Write([]byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *oneSession) wait(what string, f func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		s.mu.Lock()
		ok := f()
		s.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(end) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.t.Fatalf("the server has not %s; it has %q, %d refusals", what, s.got, s.refused)
		}
	}
}

func message(from, to, id string) string {
	return fmt.Sprintf("<message from='%s' to='%s' id='%s'/>", from, to, id)
}

// TestUpstreamAcross: a component of one name on each of two nodes, in front of a server that takes one session for a name. Both
// talk to it by the link that one of the nodes holds, what an instance asks comes back to it, and when the component leaves that has
// the link on its node, the other's node opens it.
func TestUpstreamAcross(t *testing.T) {
	s := startOneSession(t)
	n := nodes(t, 3, "", listener+behind(s.addr))
	a := dial(t, n[0], bot)
	a.Send(message("x@"+bot, user, "a1"))
	s.expect(bot, "id='a1'")
	b := dial(t, n[1], bot)
	b.Send(message("y@"+bot, user, "b1"))
	s.expect(bot, "id='b1'")

	// What the server sends is for the instance on the node of the link.
	s.say(bot, message(user, "x@"+bot, "down"))
	a.Expect(message(user, "x@"+bot, "down"))

	// In order, and what is asked is answered to who has asked.
	var all strings.Builder
	for i := range 500 {
		all.WriteString(message("y@"+bot, user, fmt.Sprintf("n%d", i)))
	}
	all.WriteString("<iq type='get' from='y@" + bot + "' to='srv.example' id='q1'><ping xmlns='urn:xmpp:ping'/></iq>")
	b.Send(all.String())
	s.expect(bot, all.String())
	answer := "<iq type='result' from='srv.example' to='y@" + bot + "' id='q1'/>"
	s.say(bot, answer)
	b.Expect(answer)
	a.Sync()

	// The one whose node holds the link leaves: the link goes to the other's.
	a.End()
	n[1].WaitLog("upstream link is up")
	b.Send(message("y@"+bot, user, "last"))
	s.expect(bot, "id='last'")
	s.say(bot, message(user, "y@"+bot, "moved"))
	b.Expect(message(user, "y@"+bot, "moved"))
	if strings.Contains(n[1].Log(), "upstream refuses a component") {
		t.Error("the move is told as a refusal")
	}
}

// TestSeveralUpstreamsAcross: two servers for one domain, the second of which stands by, and a third one for another domain. The
// node that holds a name's links holds all of them; both nodes' components have the server that is up, in order and each stanza
// once, and when the holder's component leaves, all links go to the other node.
func TestSeveralUpstreamsAcross(t *testing.T) {
	first, second, third := startOneSession(t), startOneSession(t), startOneSession(t)
	table := ""
	for i, u := range []struct {
		s       *oneSession
		domains string
	}{{first, "srv.example"}, {second, "srv.example"}, {third, "other.example"}} {
		table += fmt.Sprintf("\n[[upstream]]\nname = \"srv%d\"\naddress = %q\nsecret = %q\ndomains = [%q]\nping_interval = \"1h\"\nretry_max = \"300ms\"\nreturn_after = \"0s\"\npark_time = \"1m\"\n",
			i+1, u.s.addr, serverSecret, u.domains)
	}
	n := nodes(t, 2, "", listener+table)
	a := dial(t, n[0], bot)
	for _, s := range []*oneSession{first, second, third} {
		s.expectLink(bot)
	}
	b := dial(t, n[1], bot)
	other := "u@other.example"
	probe := func(p *xmpptest.Peer, id string) {
		t.Helper()
		first.wait("been given what is its part", func() bool {
			m := message("x@"+bot, user, id)
			p.Send(m)
			return strings.Contains(first.got[bot], m)
		})
	}
	round := func(id string, to *oneSession, from ...*xmpptest.Peer) {
		t.Helper()
		for _, p := range from {
			user, other := message("x@"+bot, user, id), message("x@"+bot, other, id)
			p.Send(user + other)
			to.expect(bot, user)
			third.expect(bot, other)
			id += "b"
		}
	}
	round("one", first, a, b)

	// Questions to each server are answered to who has asked.
	for i, p := range []*xmpptest.Peer{b, a} {
		for k, s := range []*oneSession{first, third} {
			domain := []string{"srv.example", "other.example"}[k]
			id := fmt.Sprintf("q%d%d", i, k)
			q := "<iq type='get' from='" + bot + "' to='" + domain + "' id='" + id + "'><ping xmlns='urn:xmpp:ping'/></iq>"
			p.Send(q)
			s.expect(bot, q)
			r := "<iq type='result' from='" + domain + "' to='" + bot + "' id='" + id + "'/>"
			s.say(bot, r)
			p.Expect(r)
		}
	}

	// The first goes away: the one that stands by has its part, from both nodes. It comes back, and has it again.
	first.stop()
	n[0].WaitLog(`upstream link has ended.*"srv1"`)
	round("two", second, a, b)
	first.start()
	first.expectLink(bot)
	probe(b, "back")
	round("three", first, a, b)

	// The holder's component leaves, and with it all links.
	a.End()
	for i := range 3 {
		n[1].WaitLog(fmt.Sprintf(`upstream link is up.*"srv%d"`, i+1))
	}
	probe(b, "moved") // any may have been up first
	round("four", first, b)
	first.say(bot, message(user, "y@"+bot, "down"))
	b.Expect(message(user, "y@"+bot, "down"))
	for id, s := range map[string]*oneSession{"one": first, "two": second, "three": first, "four": first, "oneb": first, "twob": second, "threeb": first} {
		for _, o := range []*oneSession{first, second} {
			o.mu.Lock()
			if times := strings.Count(o.got[bot], "to='"+user+"' id='"+id+"'"); times != map[bool]int{true: 1, false: 0}[o == s] {
				t.Errorf("%s came %d times to server %s", id, times, o.addr)
			}
			o.mu.Unlock()
		}
	}
}

// TestUpstreamOfAKilledNode: the node that holds the link is killed, and another one opens it long before the dead one's lease ends.
func TestUpstreamOfAKilledNode(t *testing.T) {
	long(t)
	s := startOneSession(t)
	n := nodes(t, 3, `lease_ttl = "10m"`, listener+behind(s.addr))
	a := dial(t, n[0], bot)
	a.Send(message("x@"+bot, user, "a1"))
	s.expect(bot, "id='a1'")
	b := dial(t, n[1], bot)
	b.Send(message("y@"+bot, user, "b1"))
	s.expect(bot, "id='b1'")

	killed := time.Now()
	kill(n[0])
	for i := 0; ; i++ {
		id := fmt.Sprintf("after%d", i)
		b.Send(message("y@"+bot, user, id))
		s.wait("received "+id+", nor was it answered", func() bool { return strings.Contains(s.got[bot], "id='"+id+"'") || b.Received() })
		if !b.Received() {
			break
		}
		if got := next(b); !strings.Contains(got, "type='error'") {
			t.Fatalf("received %s", got)
		}
	}
	t.Logf("the link has moved after %s", time.Since(killed).Round(time.Millisecond))
	s.say(bot, message(user, "y@"+bot, "moved"))
	b.Expect(message(user, "y@"+bot, "moved"))
	if strings.Contains(n[1].Log(), "upstream refuses a component") {
		t.Error("the move is told as a refusal")
	}
}

// TestUpstreamAcrossProsody: the same in front of the real one, with instances that share the name, and a node that is drained.
func TestUpstreamAcrossProsody(t *testing.T) {
	long(t)
	p := xmpptest.StartServer(t, "prosody", xmpptest.ServerConfig{Domain: "srv.example", Secret: serverSecret, Names: []string{bot, "peer.example"}})
	n := nodes(t, 3, "", listener+"conflict_behaviour = \"balance\"\n"+behind(p.Components))
	direct := xmpptest.DialLoosely(t, p.Components, "peer.example", serverSecret)
	a := dial(t, n[0], bot)
	n[0].WaitLog("upstream link is up")
	b := dial(t, n[1], bot)
	from := func(c *xmpptest.Peer, id string) {
		t.Helper()
		c.Send(message("x@"+bot, "u@peer.example", id))
		got := direct.ExpectMatch(`<message [^>]*/>`)[0]
		if !strings.Contains(got, id) || !strings.Contains(got, "x@"+bot) {
			t.Fatalf("received %s, want %s", got, id)
		}
	}
	from(a, "a1")
	from(b, "b1")

	// Whoever the sender has, what is asked is answered to who has asked.
	for i, c := range []*xmpptest.Peer{a, b, a, b} {
		id := fmt.Sprintf("q%d", i)
		c.Send("<iq type='get' from='x@" + bot + "' to='peer.example' id='" + id + "'><ping xmlns='urn:xmpp:ping'/></iq>")
		direct.ExpectMatch(`<iq [^>]*` + id + `[^>]*>.*?</iq>`)
		direct.Send("<iq type='result' from='peer.example' to='x@" + bot + "' id='" + id + "'/>")
		if got := c.ExpectMatch(`<iq [^>]*/>`)[0]; !strings.Contains(got, id) {
			t.Fatalf("received %s, want the answer to %s", got, id)
		}
	}

	n[0].Stop()
	n[1].WaitLog("upstream link is up")
	from(b, "b2")
	direct.Send(message("u@peer.example", "x@"+bot, "down"))
	if got := b.ExpectMatch(`<message [^>]*/>`)[0]; !strings.Contains(got, "down") {
		t.Fatalf("received %s", got)
	}
	if strings.Contains(n[1].Log(), "upstream refuses a component") {
		t.Error("the move is told as a refusal")
	}
}
