// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestStuckReceiverAcross: a component that reads nothing is flooded from another node. Everybody else on these nodes goes
// on talking, over the same lanes; the stuck one is closed after stall_timeout, and each stanza that it was not sent has
// been answered then, once.
func TestStuckReceiverAcross(t *testing.T) {
	const stanzas, body = 8000, 4000
	n := nodes(t, 2, "", "[engine]\nstall_timeout = \"8s\"\nanswer_rate = 1_000_000\nanswer_bytes_rate = 1_000_000_000\n"+listener)
	left, right := dial(t, n[0], "left.example"), dial(t, n[1], "right.example")
	stuck := xmpptest.Connect(t, n[1].Addr())
	stuck.ReadSlowly()
	stuck.Open("stuck.example")
	stuck.Login(secret)
	p := dial(t, n[0], "c.example")
	reach(t, left, right, "left.example", "right.example")
	reach(t, right, left, "right.example", "left.example")
	reach(t, p, right, "c.example", "right.example")
	waitKnown(t, p, "stuck.example")

	text := strings.Repeat("z", body)
	sent := make(chan int)
	go func() {
		i := 0
		for ; i < stanzas; i++ {
			if p.TrySend(fmt.Sprintf("<message from='c.example' to='stuck.example' id='%d'><body>%s</body></message>", i, text)) != nil {
				break
			}
		}
		sent <- i
	}()
	stop := make(chan struct{})
	beside := make(chan time.Duration)
	go func() { beside <- talkUntil(left, right, stop) }()

	// The sender reads: weir makes who does not pay for it.
	answered := make([]int, stanzas)
	answers := answersOf(t, p, answered, func(first, count int) bool {
		return first*body < 8<<20 && first+count == stanzas && strings.Contains(n[1].Log(), `"component":"stuck.example","reason":"stalled"`)
	})
	if i := <-sent; i != stanzas {
		t.Fatalf("the sender got rid of %d stanzas of %d", i, stanzas)
	}
	close(stop)
	slowest := <-beside
	for i, times := range answered {
		if times > 1 {
			t.Errorf("stanza %d was answered %d times", i, times)
		}
	}
	// An order of magnitude more than anybody needs, and less than if they had waited for the stuck one.
	if slowest > 5*time.Second {
		t.Errorf("others waited up to %s for an answer", slowest)
	}
	t.Logf("%d of %d stanzas were answered; others waited %s at most", answers, stanzas, slowest)
}

// waitKnown waits until a component can send to a name on another node, without sending it anything that it would have
// to read: an error gets no answer in any case.
func waitKnown(t *testing.T, from *xmpptest.Peer, name string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		from.Send(fmt.Sprintf("<message from='%s' to='%s' id='known'/>", from.Name, name))
		from.Sync()
		if !from.Received() {
			return
		}
		from.ExpectMatch(`<message [^>]*id='known'[^>]*><error .*?</error></message>`)
	}
	t.Fatalf("%s cannot send to %s", from.Name, name)
}

// talkUntil has two components ask each other again and again, and tells the longest time that an answer took.
func talkUntil(a, b *xmpptest.Peer, stop chan struct{}) (slowest time.Duration) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return slowest
		default:
		}
		begin := time.Now()
		q := fmt.Sprintf("<iq type='get' from='u%d@%s' to='%s' id='%d'><q xmlns='urn:q'/></iq>", i, a.Name, b.Name, i)
		a.Send(q)
		b.Expect(q)
		r := fmt.Sprintf("<iq type='result' from='%s' to='u%d@%s' id='%d'/>", b.Name, i, a.Name, i)
		b.Send(r)
		a.Expect(r)
		slowest = max(slowest, time.Since(begin))
	}
}

var answerID = regexp.MustCompile(`^<message from='stuck.example' to='c.example' id='(\d+|known)' type='error'>`)

// answersOf counts the answers to each stanza until, by the first that was answered and how many were, these are all.
func answersOf(t *testing.T, p *xmpptest.Peer, answered []int, all func(first, count int) bool) (count int) {
	t.Helper()
	first := len(answered)
	for end := time.Now().Add(2 * patience); ; {
		if !p.Received() {
			if all(first, count) {
				return count
			}
			if time.Now().After(end) {
				t.Fatalf("%d answers, the first to stanza %d", count, first)
			}
			time.Sleep(5 * time.Millisecond)
			continue
		}
		raw := p.ReadStanza().Raw
		m := answerID.FindStringSubmatch(raw)
		if m == nil {
			t.Fatalf("not an answer: %.300s", raw)
		}
		if m[1] == "known" {
			continue
		}
		i, err := strconv.Atoi(m[1])
		if err != nil || i >= len(answered) {
			t.Fatalf("an answer to %s", m[1])
		}
		if answered[i]++; answered[i] == 1 {
			count++
		}
		first = min(first, i)
	}
}
