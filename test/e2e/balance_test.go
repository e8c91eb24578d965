// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

const balance = listener + "conflict_behaviour = \"balance\"\n"

// TestBalance: several connections share a name. What one sender sends goes to one of them, in order, and all of them are used.
func TestBalance(t *testing.T) {
	const senders, stanzas = 32, 20
	w := xmpptest.StartWeir(t, balance)
	p := dial(t, w, "sender.example")
	var instances []*xmpptest.Peer
	var waits []func() (string, bool)
	for range 3 {
		instance := dial(t, w, "c.example")
		instances = append(instances, instance)
		waits = append(waits, instance.Collect())
	}
	want := make([]string, senders)
	for range stanzas {
		for i := range want {
			m := fmt.Sprintf("<message from='u%d@sender.example/%d' to='c.example'/>", i, len(want[i]))
			want[i] += m
			p.Send(m)
		}
	}
	p.End()
	found := make([]int, senders) // by sender: how many instances have exactly its stanzas
	for i, instance := range instances {
		instance.HalfClose()
		received, _ := waits[i]()
		used := 0
		for sender := range want {
			if only(received, fmt.Sprintf("u%d@", sender)) == want[sender] {
				found[sender]++
				used++
			}
		}
		if used == 0 {
			t.Errorf("one of the instances has received nothing of %d senders", senders)
		}
	}
	if slices.ContainsFunc(found, func(n int) bool { return n != 1 }) {
		t.Errorf("how many instances have all stanzas of a sender, by sender: %v, want 1 each", found)
	}
}

// only returns the stanzas of a text that hold the sign.
func only(text, sign string) string {
	var b strings.Builder
	for stanza := range strings.SplitAfterSeq(text, "/>") {
		if strings.Contains(stanza, sign) {
			b.WriteString(stanza)
		}
	}
	return b.String()
}

// TestBalanceReplies: an answer goes to the instance that asked.
func TestBalanceReplies(t *testing.T) {
	w := xmpptest.StartWeir(t, balance)
	p := dial(t, w, "answerer.example")
	instances := []*xmpptest.Peer{dial(t, w, "c.example"), dial(t, w, "c.example"), dial(t, w, "c.example")}
	for i, instance := range instances {
		ask := fmt.Sprintf("<iq type='get' id='q%d' from='c.example' to='answerer.example'><q xmlns='urn:q'/></iq>", i)
		instance.Send(ask)
		p.Expect(ask)
	}
	for i, instance := range instances {
		answer := fmt.Sprintf("<iq type='result' id='q%d' from='answerer.example' to='c.example'/>", i)
		p.Send(answer)
		instance.Expect(answer)
	}
}

// TestBalanceLeaving: when an instance goes, the others take over its senders; the name is gone with the last one.
func TestBalanceLeaving(t *testing.T) {
	w := xmpptest.StartWeir(t, balance+listener)
	p := dial(t, w, "sender.example")
	one, two := dial(t, w, "c.example"), dial(t, w, "c.example")
	refuseConflict(t, w.AddrOf(1), "c.example") // a listener that does not balance joins nobody
	one.End()
	for i := range 10 {
		m := fmt.Sprintf("<message from='u%d@sender.example' to='c.example'/>", i)
		p.Send(m)
		two.Expect(m)
	}
	two.End()
	p.Send("<message from='sender.example' to='c.example' id='1'/>")
	p.Expect(notFound("message", "c.example", "sender.example", "1"))
}
