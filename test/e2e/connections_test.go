// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// fourLoops makes reuse_port mean four sockets, whatever the machine.
const fourLoops = "[engine]\nloops = 4\n"

// waysToLeave are the ends of a connection after each of which exactly one that waits is served.
var waysToLeave = []struct {
	name  string
	leave func(p *xmpptest.Peer)
}{
	{"the stream ends", (*xmpptest.Peer).End},
	{"the connection is closed", (*xmpptest.Peer).Close},
	{"the connection is reset", (*xmpptest.Peer).Reset},
	{"weir ends the stream for bad XML", func(p *xmpptest.Peer) {
		p.Send("</a>")
		p.ExpectStreamError("not-well-formed")
		p.Close()
	}},
}

// TestMaxConnectionsIsExact: over one socket and over four, never more connections are held than allowed, none is refused or
// reset, and whoever leaves, in whatever way, lets exactly one in.
func TestMaxConnectionsIsExact(t *testing.T) {
	const limit, waiters = 5, 16
	for _, reusePort := range []bool{false, true} {
		t.Run(fmt.Sprintf("reuse_port=%v", reusePort), func(t *testing.T) {
			w := xmpptest.StartWeir(t, fourLoops+listener+fmt.Sprintf("max_connections = %d\nreuse_port = %v\n", limit, reusePort))
			var waiting, in []*xmpptest.Peer
			for i := range limit + waiters {
				p := xmpptest.Connect(t, w.Addr())
				p.Name = fmt.Sprintf("c%d.example", i)
				p.Send(xmpptest.Header(p.Name))
				waiting = append(waiting, p)
			}
			letIn := func() {
				t.Helper()
				p := waitingOne(waiting)
				p.ExpectHeader(p.Name)
				p.Login(secret)
				p.Sync()
				waiting, in = remove(waiting, p), append(in, p)
			}
			for range limit {
				letIn()
			}
			for i := 0; len(waiting) > 0; i++ {
				waitFor(t, fmt.Sprintf("%d accepted and %d waiting", limit, len(waiting)), func() bool {
					s := socketsOf(t, w.Addr()) // the one before may be on its way out still
					if s.accepted > limit {
						t.Fatalf("the kernel knows of %+v, want %d accepted", s, limit)
					}
					return s.accepted == limit && s.waiting == len(waiting)
				})
				for _, p := range waiting {
					p.ExpectNothingYet()
				}
				waysToLeave[i%len(waysToLeave)].leave(in[0])
				in = in[1:]
				letIn()
			}
		})
	}
}

// TestMaxConnectionsCountsEverybody: a connection takes its place from the beginning, not only once it has proved itself, and
// one that fails gives it back.
func TestMaxConnectionsCountsEverybody(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"max_connections = 1\nstate_timeout = \"infinity\"\n")
	silent := xmpptest.Connect(t, w.Addr())
	next := xmpptest.Connect(t, w.Addr())
	next.Name = "c.example"
	next.Send(xmpptest.Header(next.Name))
	waitFor(t, "one connection to be accepted", func() bool { return socketsOf(t, w.Addr()).accepted == 1 })
	next.ExpectNothingYet()
	silent.Close()
	next.ExpectHeader(next.Name)
	third := xmpptest.Connect(t, w.Addr())
	third.Name = "c.example"
	third.Send(xmpptest.Header(third.Name))
	next.SendHandshake("wrong")
	next.ExpectStreamError("not-authorized")
	next.Close()
	third.ExpectHeader(third.Name)
	third.Login(secret)
}

// TestMaxConnectionsIsPerListener: a full listener has no say over another one.
func TestMaxConnectionsIsPerListener(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"max_connections = 1\n"+listener+"max_connections = 1\n")
	dial(t, w, "one.example").Sync()
	xmpptest.Dial(t, w.AddrOf(1), "two.example", secret).Sync()
}

// TestMaxConnectionsInfinity: the word, and no word, are no limit.
func TestMaxConnectionsInfinity(t *testing.T) {
	const many = 150
	w := xmpptest.StartWeir(t, listener+"max_connections = \"infinity\"\n"+listener)
	for i := range many {
		xmpptest.Dial(t, w.AddrOf(i%2), fmt.Sprintf("c%d.example", i), secret)
	}
	for i := range 2 {
		// The kernel's list is read in pieces: what others open meanwhile may show a line twice.
		waitFor(t, fmt.Sprintf("%d accepted at listener %d", many/2, i), func() bool {
			return socketsOf(t, w.AddrOf(i)).accepted == many/2
		})
	}
}

// TestReusePort: a listening socket for each loop, or one; the kernel lets a second weir have the same port only with it.
func TestReusePort(t *testing.T) {
	for _, tt := range []struct {
		reusePort bool
		sockets   int
	}{{false, 1}, {true, 4}} {
		t.Run(fmt.Sprint(tt.reusePort), func(t *testing.T) {
			config := fixed(t, fourLoops+listener+fmt.Sprintf("reuse_port = %v\n", tt.reusePort))
			w := xmpptest.StartWeir(t, config)
			if s := socketsOf(t, w.Addr()); s.listening != tt.sockets {
				t.Errorf("the kernel knows of %+v, want %d listening", s, tt.sockets)
			}
			// Whichever socket the kernel gives a connection to, it is served, and reaches those of the others.
			peers := make([]*xmpptest.Peer, 16)
			for i := range peers {
				peers[i] = dial(t, w, fmt.Sprintf("c%d.example", i))
				talk(peers[i], peers[i/2])
			}
			if tt.reusePort {
				xmpptest.StartWeir(t, config)
				return
			}
			status, output := xmpptest.StartWeirToFail(t, config)
			if status != 1 || !strings.Contains(output, "listening on "+w.Addr()) || !strings.Contains(output, "address already in use") {
				t.Errorf("exit status %d, output %q; want 1 and what could not be opened", status, output)
			}
		})
	}
}

// TestAcceptBalance: components are spread evenly over the loops, unless the kernel is to choose.
func TestAcceptBalance(t *testing.T) {
	const components = 32
	for _, tt := range []struct {
		keys string
		even bool
	}{
		{"", true},
		{"reuse_port = true\n", true},
		{"reuse_port = true\naccept_balance = \"least\"\n", true},
		{"reuse_port = true\naccept_balance = \"kernel\"\n", false},
	} {
		t.Run(strings.ReplaceAll(tt.keys, "\n", " "), func(t *testing.T) {
			w := administer(t, fourLoops+listener+tt.keys)
			for i := range components {
				dial(t, w.Weir, fmt.Sprintf("c%d.example", i))
			}
			most, sum := 0, 0
			for _, m := range regexp.MustCompile(`(?m)^weir_loop_connections\{loop="\d"\} (\d+)$`).FindAllStringSubmatch(w.get("/metrics"), -1) {
				n, err := strconv.Atoi(m[1])
				if err != nil {
					t.Fatal(err)
				}
				most, sum = max(most, n), sum+n
			}
			// The kernel's hash spreads 32 evenly once in 170 times.
			if sum != components || tt.even && most != components/4 {
				t.Errorf("the loops have %d connections in all, one of them %d", sum, most)
			}
		})
	}
}

// TestBacklog: so many wait in the kernel (Linux takes one more than was asked for) while weir takes nobody in; one more does
// not get through, and does when there is room.
func TestBacklog(t *testing.T) {
	const backlog = 2
	w := xmpptest.StartWeir(t, listener+fmt.Sprintf("max_connections = 1\nbacklog = %d\n", backlog))
	in := dial(t, w, "in.example")
	for range backlog + 1 {
		xmpptest.Connect(t, w.Addr())
	}
	if s := socketsOf(t, w.Addr()); s.waiting != backlog+1 {
		t.Fatalf("the kernel knows of %+v, want %d waiting", s, backlog+1)
	}
	late, err := net.DialTimeout("tcp", w.Addr(), 300*time.Millisecond)
	if err == nil {
		late.Close()
		t.Fatal("a connection beyond the backlog was taken")
	}
	in.End()
	xmpptest.Connect(t, w.Addr()) // the kernel asks again after a second
}

// waitFor waits until something is so. What it is called says what was waited for in vain.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
