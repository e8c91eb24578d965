// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestUpgradeInNegotiation: a connection that has said no more than a part of its header, or of its proof, goes on.
func TestUpgradeInNegotiation(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	silent, header, proof := xmpptest.Connect(t, w.Addr()), xmpptest.Connect(t, w.Addr()), xmpptest.Connect(t, w.Addr())
	header.Name = "header.example"
	header.Send(xmpptest.Header(header.Name)[:50])
	proof.Open("proof.example")
	handshake := "<handshake>" + xmpptest.Digest(proof.ID, secret) + "</handshake>"
	proof.Send(handshake[:20])
	dial(t, w, "known.example").End() // so much later everything has been read
	w.Upgrade()
	silent.Open("silent.example")
	silent.Login(secret)
	header.Send(xmpptest.Header(header.Name)[50:])
	header.ExpectHeader(header.Name)
	header.Login(secret)
	proof.Send(handshake[20:])
	proof.Expect("<handshake/>")
	for _, p := range []*xmpptest.Peer{silent, header, proof} {
		p.Sync()
		p.End()
	}
}

// TestUpgradeKeepsTimeouts: the time for the negotiation goes on where it was.
func TestUpgradeKeepsTimeouts(t *testing.T) {
	t.Parallel()
	w := xmpptest.StartWeir(t, listener+"state_timeout = 4000\n")
	began := time.Now()
	p := xmpptest.Connect(t, w.Addr())
	w.Upgrade()
	w.Upgrade()
	p.ExpectHeaderError("connection-timeout", false)
	if took := time.Since(began); took < 3*time.Second {
		t.Errorf("ended after %v", took)
	}
}

// TestUpgradeBehindABalancer: the address that a PROXY header told stays, and a header that has come in part is read on.
func TestUpgradeBehindABalancer(t *testing.T) {
	a := administer(t, listener+"proxy_protocol = true\n")
	const line = "PROXY TCP4 192.0.2.7 198.51.100.2 12345 8888\r\n"
	told, partly := xmpptest.Connect(t, a.Addr()), xmpptest.Connect(t, a.Addr())
	told.Send(line)
	told.Open("told.example")
	told.Login(secret)
	partly.Send(line[:20])
	told.Sync()
	a.Upgrade()
	partly.Send(line[20:])
	partly.Open("partly.example")
	partly.Login(secret)
	if out := a.run("components"); strings.Count(out, "192.0.2.7:12345") != 2 {
		t.Errorf("weir components says\n%s", out)
	}
	told.End()
	partly.End()
}

// TestUpgradeKeepsNames: names under hosts, shared ones and hidden ones are those they were, and each sender of a shared one has
// the instance that it had.
func TestUpgradeKeepsNames(t *testing.T) {
	w := xmpptest.StartWeir(t, "[modules.mod_disco]\nusers_can_see_hidden_services = false\n"+hosted+"conflict_behaviour = \"balance\"\n"+listener+"hidden_components = true\n")
	sub := xmpptest.Connect(t, w.Addr())
	sub.Open("chat", " is_subdomain='true'")
	sub.Login(secret)
	from := dial(t, w, "from.example")
	hidden := xmpptest.Dial(t, w.AddrOf(1), "hidden.example", secret)
	var all []*xmpptest.Peer
	for range 3 {
		all = append(all, dial(t, w, "shared.example"))
	}
	who := func() (order string) {
		for i := range 12 {
			m := fmt.Sprintf("<message from='u%d@from.example' to='shared.example' id='%d'/>", i, i)
			from.Send(m)
			found := -1
			waitFor(t, "one of them to get it", func() bool {
				for k, p := range all {
					if p.Received() {
						p.Expect(m)
						found = k
						return true
					}
				}
				return false
			})
			order += fmt.Sprint(found)
		}
		return order
	}
	shown := func() []string { // to a user
		from.Send("<iq type='get' from='u@from.example/r' to='example.com' id='d'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>")
		items := regexp.MustCompile(`jid='[^']*'`).FindAllString(from.ExpectMatch(`<iq[^>]*id='d'.*?</iq>`)[0], -1)
		slices.Sort(items)
		return items
	}
	items, before := shown(), who()
	w.Upgrade()
	if after := who(); after != before {
		t.Errorf("senders are served by %s, before by %s", after, before)
	}
	for _, host := range []string{"chat.example.com", "chat.example.org"} {
		m := fmt.Sprintf("<message from='from.example' to='%s' id='1'/>", host)
		from.Send(m)
		sub.Expect(m)
	}
	if now := shown(); !slices.Equal(now, items) || len(items) != 4 {
		t.Errorf("disco shows %q, before %q", now, items)
	}
	refuseConflict(t, w.AddrOf(1), "from.example")
	all[0].End()
	from.Send("<message from='u1@from.example' to='hidden.example' id='h'/>")
	hidden.Expect("<message from='u1@from.example' to='hidden.example' id='h'/>")
}

// TestUpgradeKeepsTheShaper: an upgrade makes nobody faster.
func TestUpgradeKeepsTheShaper(t *testing.T) {
	t.Parallel()
	const rate = 20_000
	w := xmpptest.StartWeir(t, fmt.Sprintf("[shaper.slow]\nmax_rate = %d\n", rate)+listener+"shaper = \"slow\"\n"+listener)
	slow, to := dial(t, w, "slow.example"), xmpptest.Dial(t, w.AddrOf(1), "to.example", secret)
	m := sized(t, "slow.example", "to.example", 1000)
	began := time.Now()
	const count = 120 // 20 at once, then 20 a second
	go func() { _ = slow.TrySend(strings.Repeat(m, count)) }()
	for i := range count {
		to.Expect(m)
		if i%30 == 29 {
			w.Upgrade()
		}
	}
	if took, least := time.Since(began), time.Duration(count*1000-2*rate)*time.Second/rate; took < least {
		t.Errorf("%d bytes came in %v, want at least %v", count*1000, took, least)
	}
}

// TestUpgradeWithAReceiverBehind: what waits for one that does not read goes along, with who owes it; when it reads, everything
// comes, and each stanza that did not come was answered.
func TestUpgradeWithAReceiverBehind(t *testing.T) {
	a := administer(t, "[engine]\nqueue_high_bytes = 300000\nqueue_low_bytes = 100000\nstall_timeout = \"60s\"\n"+listener)
	from, to := dial(t, a.Weir, "from.example"), dial(t, a.Weir, "to.example")
	to.ReadSlowly()
	answers := from.Collect()
	f := startFlood(from, 6000, func(i int) string {
		return fmt.Sprintf("<message from='from.example' to='to.example' id='%d'><body>%s</body></message>", i, filler[:600])
	})
	waitFor(t, "the receiver to be behind", func() bool { return books(a)["answered"] > 0 })
	for range 3 {
		a.Upgrade()
	}
	<-f.ended
	got := 0
	waitFor(t, "everything to have an end", func() bool {
		b := books(a)
		return b["received"] == int(f.stanzas.Load()) && got == 0 && b["answered"] > 0
	})
	collected := to.Collect()
	waitFor(t, "the books to add up", func() bool {
		b := books(a)
		return b["received"] == b["delivered"]+b["answered"]+b["dropped"]
	})
	b := books(a)
	from.Send(xmpptest.Trailer)
	back, _ := answers()
	to.Send(xmpptest.Trailer)
	text, _ := collected()
	delivered, answered := floodID.FindAllStringSubmatch(text, -1), strings.Count(back, "resource-constraint")
	if len(delivered) != b["delivered"] || len(delivered)+answered != int(f.stanzas.Load()) {
		t.Errorf("%d sent, %d delivered, %d answered; weir's books: %v", f.stanzas.Load(), len(delivered), answered, b)
	}
	last := ""
	for _, m := range delivered {
		if len(m[1]) < len(last) || len(m[1]) == len(last) && m[1] <= last {
			t.Fatalf("message %s came after %s", m[1], last)
		}
		last = m[1]
	}
}

// TestUpgradeEndsStrays: the streams of a listener that the new configuration does not have are ended in good order.
func TestUpgradeEndsStrays(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+listener)
	stays, goes := dial(t, w, "stays.example"), xmpptest.Dial(t, w.AddrOf(1), "goes.example", secret)
	w.WriteConfig(listener)
	w.Upgrade()
	goes.ExpectStreamErrorWithText("system-shutdown")
	stays.Sync()
	if conn, err := net.Dial("tcp", w.AddrOf(1)); err == nil {
		conn.Close()
		t.Error("the listener that is gone is still there")
	}
	again := dial(t, w, "goes.example")
	again.End()
}

// TestUpgradeAndLeave: a weir that is told to leave while the new one starts does leave.
func TestUpgradeAndLeave(t *testing.T) {
	a := administer(t, listener)
	p := dial(t, a.Weir, "p.example")
	slow := program(t, fmt.Sprintf("sleep 2; exec %s \"$@\"", xmpptest.Binary(t, "weir")))
	done := make(chan string, 1)
	go func() {
		_, stderr, _ := a.command("upgrade", "-binary", slow)
		done <- stderr
	}()
	a.WaitLog(`"msg":"upgrading: a new weir is started"`)
	a.Stop()
	p.ExpectStreamErrorWithText("system-shutdown")
	if stderr := <-done; !strings.Contains(stderr, "told to leave") {
		t.Errorf("weir upgrade: %s", stderr)
	}
}
