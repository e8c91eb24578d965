// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/cluster/faultproxy"
	"weir/internal/cluster/natsd/natsdtest"
	"weir/internal/xmpptest"
)

// elsewhere starts nodes that use a NATS server of somebody else's, each by way of a proxy.
func elsewhere(t *testing.T, n int, keys, rest string) (all []*xmpptest.Weir, ways []*faultproxy.Proxy) {
	t.Helper()
	server := natsdtest.External(t)
	for i := range n {
		p, err := faultproxy.New(server)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		config := fmt.Sprintf("[cluster]\nmode = \"nats\"\nnode = %q\nservers = [\"nats://%s\"]\n%s\n", nodeName(i), p.Address(), keys)
		all, ways = append(all, xmpptest.StartWeir(t, config+rest)), append(ways, p)
	}
	for _, w := range all {
		w.WaitLog("this node is in the cluster")
	}
	return all, ways
}

// ask sends a question that nobody answers but an error, and tells how long that took.
func ask(t *testing.T, from *xmpptest.Peer, to string, i int) time.Duration {
	t.Helper()
	begin := time.Now()
	from.Send(fmt.Sprintf("<iq type='get' from='%s' to='%s' id='ask%d'><q xmlns='urn:q'/></iq>", from.Name, to, i))
	// What has just been delivered may not have been acknowledged yet: that is answered too.
	from.ExpectMatch(fmt.Sprintf(`(?:<message [^>]*id='reach\d+' type='error'>.*?</message>)*<iq from='%s' to='%s' id='ask%d' type='error'><error .*?</error></iq>`, to, from.Name, i))
	return time.Since(begin)
}

// TestAllNATSGone: without any NATS a node goes on for its own components, and answers at once what is for others. When
// there is NATS again, if with nothing left of the table, all is as before.
func TestAllNATSGone(t *testing.T) {
	long(t)
	n, ways := elsewhere(t, 2, "", listener)
	a, near, b := dial(t, n[0], "a.example"), dial(t, n[0], "near.example"), dial(t, n[1], "b.example")
	reach(t, a, b, "a.example", "b.example")
	reach(t, b, a, "b.example", "a.example")
	for _, w := range ways {
		w.Cut()
	}
	for i := range 30 { // 6 s
		reach(t, a, near, "a.example", "near.example")
		// A second is promised; the rest is for a busy machine.
		if took := ask(t, a, "b.example", i); took > 5*time.Second {
			t.Errorf("answered after %s", took)
		} else if i < 3 {
			t.Logf("answered after %s", took)
		}
		time.Sleep(200 * time.Millisecond)
	}
	fresh := natsdtest.External(t)
	for _, w := range ways {
		w.Aim(fresh)
		w.Heal()
	}
	back := time.Now()
	reach(t, a, b, "a.example", "b.example")
	reach(t, b, a, "b.example", "a.example")
	t.Logf("both ways again after %s", time.Since(back))
	late := dial(t, n[1], "late.example")
	reach(t, late, a, "late.example", "a.example")
}

// TestOneNodeCutOff: what goes to a node whose connection breaks arrives or is answered, never both as far as it can be
// known, never twice; and the node is back when its connection is.
func TestOneNodeCutOff(t *testing.T) {
	for _, silent := range []bool{false, true} {
		t.Run(map[bool]string{false: "cut", true: "silent"}[silent], func(t *testing.T) {
			n, ways := elsewhere(t, 2, "", listener)
			a, b := dial(t, n[0], "a.example"), dial(t, n[1], "b.example")
			reach(t, a, b, "a.example", "b.example")
			const questions = 300
			for i := range questions {
				a.Send(fmt.Sprintf("<iq type='get' from='a.example' to='b.example' id='c%d'><q xmlns='urn:q'/></iq>", i))
				switch {
				case i == 100 && silent:
					ways[1].Silence(faultproxy.Forth)
					ways[1].Silence(faultproxy.Back)
				case i == 100:
					ways[1].Cut()
				}
				time.Sleep(2 * time.Millisecond)
			}
			f := &fates{came: make([]int, questions), answers: make([]int, questions)}
			f.until(t, a, b, "the last is answered", func() bool { return f.answers[questions-1] > 0 })
			ways[1].Heal()
			f.until(t, a, b, "none has vanished", func() bool { return f.missing() == 0 })
			f.check(t)
			reach(t, b, a, "b.example", "a.example")
		})
	}
}

// fates are how often each question has come, and was answered.
type fates struct{ came, answers []int }

// until reads what comes to both until something is so.
func (f *fates) until(t *testing.T, a, b *xmpptest.Peer, what string, is func() bool) {
	t.Helper()
	count := func(p *xmpptest.Peer, of []int) {
		for p.Received() {
			s := p.ReadStanza()
			var i int
			if _, err := fmt.Sscanf(s.Attribute("id"), "c%d", &i); err == nil {
				of[i]++
			}
		}
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		count(a, f.answers)
		count(b, f.came)
		if is() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s; %d questions are missing", what, f.missing())
		}
	}
}

func (f *fates) missing() (n int) {
	for i := range f.came {
		if f.came[i]+f.answers[i] == 0 {
			n++
		}
	}
	return n
}

// check holds that nothing came or was answered twice.
func (f *fates) check(t *testing.T) {
	t.Helper()
	var both strings.Builder
	for i := range f.came {
		if f.came[i] > 1 || f.answers[i] > 1 {
			t.Errorf("question %d came %d times and was answered %d times", i, f.came[i], f.answers[i])
		}
		if f.came[i] > 0 && f.answers[i] > 0 {
			fmt.Fprint(&both, i, " ")
		}
	}
	t.Logf("came and answered, as nobody could know: %s", both.String())
	if f.came[0] == 0 {
		t.Error("the first did not come")
	}
}

// TestWokenNodeAnswersNobodyTwice: who has asked a node that is frozen is answered that nobody knows, and no more when the node
// wakes up, finds the questions in its socket, and nobody there whom they are for.
func TestWokenNodeAnswersNobodyTwice(t *testing.T) {
	long(t)
	n, _ := elsewhere(t, 2, "scope = \"cluster\"\n"+fastLease, listener)
	a, b := dial(t, n[0], "a.example"), dial(t, n[1], "b.example")
	reach(t, a, b, "a.example", "b.example")
	n[1].Signal(syscall.SIGSTOP)
	const questions = 50
	var all strings.Builder
	for i := range questions {
		fmt.Fprintf(&all, "<iq type='get' from='a.example' to='b.example' id='c%d'><q xmlns='urn:q'/></iq>", i)
	}
	a.Send(all.String())
	f := &fates{came: make([]int, questions), answers: make([]int, questions)}
	f.until(t, a, b, "all are answered", func() bool { return f.missing() == 0 })
	n[0].WaitLog("a node has left the cluster")
	next := dial(t, n[0], "b.example")
	c := dial(t, n[0], "c.example") // before the other node wakes up: it knows what has happened when it knows of this
	n[1].Signal(syscall.SIGCONT)
	b.ExpectMatch(`<stream:error>(<conflict|<system-shutdown) .*</stream:error></stream:stream>`)
	d := dial(t, n[1], "d.example")
	reach(t, d, c, "d.example", "c.example")
	reach(t, a, d, "a.example", "d.example")
	// Behind all that was sent before, there and back, whatever the lane.
	var asked, answers strings.Builder
	const users = 64
	for i := range users {
		fmt.Fprintf(&asked, "<iq type='get' from='u%d@a.example' to='d.example' id='last%d'><q xmlns='urn:q'/></iq>", i, i)
		fmt.Fprintf(&answers, "<iq type='result' from='v%d@d.example' to='a.example' id='last%d'/>", i, i)
	}
	a.Send(asked.String())
	for range users {
		d.ExpectMatch(`<iq [^>]*id='last.*?</iq>`)
	}
	d.Send(answers.String())
	for last := 0; last < users; {
		id, i := a.ReadStanza().Attribute("id"), 0
		if _, err := fmt.Sscanf(id, "c%d", &i); err == nil {
			f.answers[i]++
		} else if strings.HasPrefix(id, "last") {
			last++
		}
	}
	if next.Received() {
		t.Errorf("the new owner has received %s", next.ReadStanza().Raw)
	}
	for i, times := range f.answers {
		if times != 1 {
			t.Errorf("question %d was answered %d times", i, times)
		}
	}
}

// TestPartition: a node is cut off from the two others, which are the majority as they have the table. With takeover
// "strict" nobody has its name there before its component has been sent away here; with "fast" somebody has it soon.
// Afterwards one owner is left, and everybody reaches it.
func TestPartition(t *testing.T) {
	long(t)
	for _, takeover := range []string{"strict", "fast"} {
		t.Run(takeover, func(t *testing.T) {
			// A margin, and a rest of the lease, that a busy machine does not use up.
			keys := fmt.Sprintf("scope = \"cluster\"\ntakeover = %q\nlease_ttl = \"12s\"\nlease_refresh = \"500ms\"\nlease_margin = \"3s\"\n", takeover)
			n, ways := elsewhere(t, 3, keys, listener)
			a, old := dial(t, n[0], "a.example"), dial(t, n[2], "bot.example")
			reach(t, a, old, "a.example", "bot.example")
			if takeover == "strict" {
				ways[2].Silence(faultproxy.Forth)
				ways[2].Silence(faultproxy.Back)
			} else {
				ways[2].Cut() // NATS notices at once, and says that nobody is there
			}
			cut := time.Now()
			sentAway := make(chan time.Time, 1)
			go func() {
				old.ReadAll()
				sentAway <- time.Now()
			}()
			next := xmpptest.DialWhenFree(t, n[1].Addr(), "bot.example", secret)
			taken := time.Now()
			gone := <-sentAway
			t.Logf("sent away after %s, taken after %s", gone.Sub(cut), taken.Sub(cut))
			switch before := gone.Sub(taken); {
			case takeover == "strict" && before > 0:
				t.Errorf("for %s there were two", before)
			case takeover == "fast" && before < 0:
				t.Errorf("the name was free only %s after the lease had ended", -before)
			}
			reach(t, a, next, "a.example", "bot.example")
			ways[2].Heal()
			back := dial(t, n[2], "c.example")
			reach(t, back, next, "c.example", "bot.example")
			reach(t, next, back, "bot.example", "c.example")
			again := xmpptest.Connect(t, n[2].Addr())
			again.Open("bot.example")
			again.SendHandshake(secret)
			again.ExpectStreamError("conflict")
		})
	}
}
