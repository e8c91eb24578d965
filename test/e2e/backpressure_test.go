// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// The memory that weir may grow by, in these tests, for peers that do not read. The race detector multiplies what a program
// holds.
const (
	mib        = 1 << 20
	memoryRace = 8
)

func memoryMost(bytes int) int {
	if raceEnabled {
		return bytes * memoryRace
	}
	return bytes
}

// numbered is a message with a number and a body of n bytes.
func numbered(from, to string, i, n int) string {
	return fmt.Sprintf("<message from='%s' to='%s' id='%d'><body>%s</body></message>", from, to, i, strings.Repeat("z", n))
}

// messageHead is the beginning of a numbered message, or of the answer to one.
var messageHead = regexp.MustCompile(`<message from='([^']*)' to='[^']*' id='(\d+)'( type='error')?`)

// numbersOf counts how often each number comes from somebody, in messages or in answers.
func numbersOf(t *testing.T, text, from string, answers bool) map[int]int {
	t.Helper()
	count := make(map[int]int)
	for _, m := range messageHead.FindAllStringSubmatch(text, -1) {
		if m[1] == from && (m[3] != "") == answers {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			count[n]++
		}
	}
	return count
}

// TestStuckReceiver: a component that reads nothing is flooded. Weir keeps a bounded part, goes on with everybody else, closes the
// stuck one after stall_timeout, and each stanza that it was not sent has been answered then, once.
func TestStuckReceiver(t *testing.T) {
	t.Parallel()
	const stanzas, body = 10_000, 4000
	w := xmpptest.StartWeir(t, "[engine]\nstall_timeout = \"2s\"\nanswer_rate = 1_000_000\nanswer_bytes_rate = 1_000_000_000\n"+listener)
	left, right := dial(t, w, "left.example"), dial(t, w, "right.example")
	stuck := xmpptest.Connect(t, w.Addr())
	stuck.ReadSlowly()
	stuck.Open("stuck.example")
	stuck.Login(secret)
	p := dial(t, w, "c.example")
	answers := p.Collect()
	f := startFlood(p, stanzas, func(i int) string { return numbered("c.example", "stuck.example", i, body) })

	beside := 0
	for running := true; running; beside++ {
		talk(left, right)
		select {
		case <-f.ended:
			running = false
		default:
		}
	}
	if n := f.stanzas.Load(); n != stanzas {
		t.Fatalf("the sender got rid of %d stanzas of %d", n, stanzas)
	}
	w.WaitLog(`"component left","component":"stuck.example","reason":"stalled"`)
	if most, limit := memoryOf(t, w.PID(), "VmHWM"), memoryMost(60*mib); most > limit {
		t.Errorf("weir held %d bytes at its worst, want at most %d", most, limit)
	}
	talk(left, right)
	p.HalfClose()
	answered, _ := answers()
	got := numbersOf(t, answered, "stuck.example", true)
	// What it was sent, it was sent from the first on.
	lost := 0
	for ; lost < stanzas && got[lost] == 0; lost++ {
	}
	for i := lost; i < stanzas; i++ {
		if got[i] != 1 {
			t.Fatalf("stanza %d was answered %d times; the first answer is that to %d", i, got[i], lost)
		}
	}
	if lost*body > 8*mib {
		t.Errorf("%d stanzas were neither answered nor fit into the socket of the stuck one", lost)
	}
	t.Logf("%d of %d stanzas were in the stuck one's socket, %d round trips were made beside", lost, stanzas, beside)
}

// TestTwoBlockingPeers: two components that do one thing at a time flood each other and read less than they write. Neither of
// them, nor weir, ever locks, and each stanza is delivered to the other or answered, once.
func TestTwoBlockingPeers(t *testing.T) {
	t.Parallel()
	const stanzas, body, readBytes = 800, 4000, 2000
	w := xmpptest.StartWeir(t, listener+"[engine]\nloops = 2\nqueue_high_bytes = 131072\nqueue_low_bytes = 65536\npause_lease = \"50ms\"\nanswer_rate = 1_000_000\nanswer_bytes_rate = 1_000_000_000\n")
	names := []string{"a.example", "b.example"}
	peers := []*blocking{dialBlocking(t, w.Addr(), names[0]), dialBlocking(t, w.Addr(), names[1])}
	var both sync.WaitGroup
	for i, p := range peers {
		both.Go(func() {
			for n := range stanzas {
				if !p.write(t, numbered(names[i], names[1-i], n, body)) || !p.read(t, readBytes) {
					t.Errorf("%s came to stanza %d of %d", names[i], n, stanzas)
					return
				}
			}
		})
	}
	both.Wait()
	// Each says that it is done behind all its stanzas, and reads until both have said so.
	for i, p := range peers {
		both.Go(func() {
			p.write(t, fmt.Sprintf("<message from='%s' to='%s' id='%d'/>", names[i], names[i], stanzas))
			for range 100 * stanzas {
				if strings.Contains(string(p.received[max(0, len(p.received)-70_000):]), fmt.Sprintf("id='%d'", stanzas)) || !p.read(t, 64<<10) {
					return
				}
			}
		})
	}
	both.Wait()
	if t.Failed() {
		return
	}
	// The last stanzas may still wait for the one, or be answered to the other.
	for _, p := range peers {
		if err := p.conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range peers {
		for p.read(t, 64<<10) {
		}
	}
	for i, p := range peers {
		delivered := numbersOf(t, string(peers[1-i].received), names[i], false)
		answered := numbersOf(t, string(p.received), names[1-i], true)
		for n := range stanzas {
			if delivered[n]+answered[n] != 1 {
				t.Fatalf("stanza %d of %s was delivered %d times and answered %d times", n, names[i], delivered[n], answered[n])
			}
		}
		t.Logf("%s: %d delivered, %d answered", names[i], len(delivered), len(answered))
	}
}

// TestManySendersOneReceiver: a thousand components write to one that reads: nothing is lost, refused or reordered.
func TestManySendersOneReceiver(t *testing.T) {
	t.Parallel()
	const senders, stanzas, body = 1000, 10, 500
	w := xmpptest.StartWeir(t, listener)
	receiver := dial(t, w, "receiver.example")
	received := receiver.Collect()
	var peers []*xmpptest.Peer
	for i := range senders {
		peers = append(peers, dial(t, w, fmt.Sprintf("s%d.example", i)))
	}
	for n := range stanzas {
		for _, p := range peers {
			p.Send(numbered(p.Name, receiver.Name, n, body))
		}
	}
	for _, p := range peers {
		p.Sync() // nothing was answered
		p.Close()
	}
	receiver.HalfClose()
	text, _ := received()
	if got, want := strings.Count(text, "</message>"), senders*stanzas; got != want {
		t.Fatalf("the receiver got %d stanzas, want %d", got, want)
	}
	next := make(map[string]int)
	for _, m := range messageHead.FindAllStringSubmatch(text, -1) {
		if want := fmt.Sprint(next[m[1]]); m[2] != want {
			t.Fatalf("the receiver got stanza %s of %s, want %s", m[2], m[1], want)
		}
		next[m[1]]++
	}
}

// TestHalfStanzas: many components each begin a large stanza and do not end it. Together they hold no more than the budget; who has
// held for longest is told and goes; who has ended his stanza, and the last ones, stay.
func TestHalfStanzas(t *testing.T) {
	t.Parallel()
	const many, half = 300, 60_000
	w := xmpptest.StartWeir(t, "[engine]\nloops = 2\ninput_budget_bytes = 2097152\n"+listener)
	other := dial(t, w, "other.example")
	var peers []*xmpptest.Peer
	for i := range many {
		p := dial(t, w, fmt.Sprintf("c%d.example", i))
		m := numbered(p.Name, other.Name, i, 2*half)
		p.Send(m[:half])
		peers = append(peers, p)
	}
	for _, p := range peers[:many/2] { // 18 MB came after the first half of them
		p.ExpectStreamError("policy-violation")
		p.Close()
	}
	if most, limit := memoryOf(t, w.PID(), "VmHWM"), memoryMost(48*mib); most > limit {
		t.Errorf("weir held %d bytes at its worst, want at most %d", most, limit)
	}
	last := numbered(peers[many-1].Name, other.Name, many-1, 2*half)
	peers[many-1].Send(last[half:])
	other.Expect(last)
	other.Sync()
}

// TestAnswerBudget: a component that makes weir answer with errors is read as fast as its budget allows; a pair beside it is
// not slowed. When the name it floods is gone it is the same.
func TestAnswerBudget(t *testing.T) {
	t.Parallel()
	const rate, stanzas = 200, 600 // answers a second; the first 200 are there from the beginning
	w := xmpptest.StartWeir(t, fmt.Sprintf("[engine]\nanswer_rate = %d\n", rate)+listener)
	left, right := dial(t, w, "left.example"), dial(t, w, "right.example")
	p := dial(t, w, "c.example")
	start := time.Now()
	f := startFlood(p, stanzas, func(i int) string { return numbered("c.example", "nobody.example", i, 10) })
	beside := 0
	for i := range stanzas {
		p.Expect(notFound("message", "nobody.example", "c.example", fmt.Sprint(i)))
		if i%10 == 0 {
			talk(left, right)
			beside++
		}
	}
	<-f.ended
	expectWithin(t, start, time.Duration(stanzas-rate)*time.Second/rate)
}

// TestAnswerBytesBudget: the same in bytes, where the answers are large: they hold the addresses and the id.
func TestAnswerBytesBudget(t *testing.T) {
	t.Parallel()
	const rate, stanzas = 20_000, 60
	w := xmpptest.StartWeir(t, fmt.Sprintf("[engine]\nanswer_bytes_rate = %d\n", rate)+listener)
	p := dial(t, w, "c.example")
	id := strings.Repeat("i", 1000)
	answer := notFound("message", "nobody.example", "c.example", id)
	start := time.Now()
	p.Send(strings.Repeat("<message from='c.example' to='nobody.example' id='"+id+"'/>", stanzas))
	p.Expect(strings.Repeat(answer, stanzas))
	expectWithin(t, start, time.Duration(stanzas*len(answer)-rate)*time.Second/rate)
}

// TestUnreadAnswers: a component that does not read the answers it causes is not read either.
func TestUnreadAnswers(t *testing.T) {
	t.Parallel()
	w := xmpptest.StartWeir(t, "[engine]\nanswer_rate = 1_000_000\nanswer_bytes_rate = 1_000_000_000\nstall_timeout = \"3s\"\n"+listener)
	left, right := dial(t, w, "left.example"), dial(t, w, "right.example")
	p := xmpptest.Connect(t, w.Addr())
	p.ReadSlowly()
	p.Open("c.example")
	p.Login(secret)
	f := startFlood(p, 0, func(i int) string {
		return strings.Repeat(numbered("c.example", "nobody.example", i, 0), 100)
	})
	f.waitStill(t, time.Second)
	talk(left, right)
	if most, limit := memoryOf(t, w.PID(), "VmHWM"), memoryMost(48*mib); most > limit {
		t.Errorf("weir held %d bytes at its worst, want at most %d", most, limit)
	}
	w.WaitLog(`"component left","component":"c.example","reason":"stalled"`)
	<-f.ended
}
