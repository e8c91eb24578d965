// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// TestMaxConnections: at the limit further connections wait unread, none is refused, and each that leaves lets one in.
func TestMaxConnections(t *testing.T) {
	for _, reusePort := range []bool{false, true} {
		t.Run(fmt.Sprintf("reuse_port=%v", reusePort), func(t *testing.T) {
			w := xmpptest.StartWeir(t, impatient+fmt.Sprintf("max_connections = 3\nreuse_port = %v\n", reusePort)+impatient)
			var in, waiting []*xmpptest.Peer
			for i := range 3 {
				in = append(in, dial(t, w, fmt.Sprintf("c%d.example", i)))
			}
			for i := range 3 {
				p := xmpptest.Connect(t, w.Addr())
				p.Name = fmt.Sprintf("w%d.example", i)
				p.Send(xmpptest.Header(p.Name))
				waiting = append(waiting, p)
			}
			// A state_timeout passes; theirs has not begun.
			xmpptest.Connect(t, w.AddrOf(1)).ExpectHeaderError("connection-timeout", false)
			for _, p := range waiting {
				p.ExpectNothingYet()
			}
			for i, p := range in {
				p.Sync()
				p.End()
				letIn := waitingOne(waiting)
				letIn.ExpectHeader(letIn.Name)
				letIn.Login(secret)
				letIn.Sync()
				waiting = remove(waiting, letIn)
				if len(waiting) != 2-i {
					t.Fatalf("%d still wait, want %d", len(waiting), 2-i)
				}
				for _, other := range waiting {
					other.ExpectNothingYet()
				}
			}
		})
	}
}

// waitingOne waits until one of the peers has received something. Which of them is let in is the kernel's choice.
func waitingOne(peers []*xmpptest.Peer) *xmpptest.Peer {
	for {
		for _, p := range peers {
			if p.Received() {
				return p
			}
		}
	}
}

func remove(peers []*xmpptest.Peer, gone *xmpptest.Peer) []*xmpptest.Peer {
	var rest []*xmpptest.Peer
	for _, p := range peers {
		if p != gone {
			rest = append(rest, p)
		}
	}
	return rest
}

// TestSlowReceiver: a component that reads nothing is sent far more than weir keeps for it. Each stanza is delivered to it in the
// end or answered to its sender, exactly once and in order; a pair beside them goes on.
func TestSlowReceiver(t *testing.T) {
	const stanzas = 3000
	w := xmpptest.StartWeir(t, listener+"[engine]\nstall_timeout = \"1m\"\nanswer_rate = 100000\nanswer_bytes_rate = 100000000\n")
	left, right := dial(t, w, "left.example"), dial(t, w, "right.example")
	stuck := xmpptest.Connect(t, w.Addr())
	stuck.ReadSlowly()
	stuck.Open("stuck.example")
	stuck.Login(secret)

	p := dial(t, w, "c.example")
	answers := p.Collect()
	for i := range stanzas {
		p.Send(fmt.Sprintf("<message from='c.example' to='stuck.example' id='%d'><body>%s</body></message>", i, strings.Repeat("z", 10000)))
		if i%100 == 0 {
			talk(left, right)
		}
	}
	delivered := stuck.Collect()
	stuck.Send(xmpptest.Trailer) // what waits for it comes before weir's own end
	received, _ := delivered()
	p.Send(xmpptest.Trailer)
	answered, _ := answers()

	got := make(map[int]int)
	refused, taken := ids(t, answered), ids(t, received)
	for _, id := range append(refused, taken...) {
		got[id]++
	}
	for i := range stanzas {
		if n := got[i]; n != 1 {
			t.Fatalf("stanza %d was delivered or answered %d times; %d were delivered, %d answered", i, n, len(taken), len(refused))
		}
	}
	if !slices.IsSorted(taken) {
		t.Errorf("delivered out of order: %v", taken)
	}
	if len(refused) == 0 {
		t.Error("nothing was answered, although far more was sent than the limits allow to wait")
	}
	if !strings.Contains(answered, "type='error'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>") {
		t.Errorf("the answers begin %.300q, want resource-constraint of type wait", answered)
	}
}

// ids returns the ids, which are numbers, of the whole messages in a piece of a stream, in their order.
func ids(t *testing.T, text string) []int {
	t.Helper()
	var list []int
	for message := range strings.SplitAfterSeq(text, "</message>") {
		m := messageID.FindStringSubmatch(message)
		if m == nil || !strings.HasSuffix(message, "</message>") {
			continue
		}
		id, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	return list
}

var messageID = regexp.MustCompile(`^<message [^>]*\bid='(\d+)'`)

// TestStalledReceiver: a component that takes nothing for the stall deadline is closed, its name is free, and who wrote to it
// is told.
func TestStalledReceiver(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"[engine]\nstall_timeout = \"500ms\"\n")
	stuck := xmpptest.Connect(t, w.Addr())
	stuck.ReadSlowly()
	stuck.Open("stuck.example")
	stuck.Login(secret)
	p := dial(t, w, "c.example")
	answers := p.Collect()
	for i := range 200 {
		p.Send(fmt.Sprintf("<message from='c.example' to='stuck.example' id='%d'><body>%s</body></message>", i, strings.Repeat("z", 20000)))
	}
	xmpptest.DialWhenFree(t, w.Addr(), "stuck.example", secret)
	p.HalfClose()
	if answered, _ := answers(); len(ids(t, answered)) == 0 {
		t.Error("nothing was answered")
	}
}
