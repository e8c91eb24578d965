// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package link_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"weir/internal/cluster/faultproxy"
	"weir/internal/cluster/link"
	"weir/internal/cluster/link/linktest"
	"weir/internal/cluster/natsd"
	"weir/internal/cluster/natsd/natsdtest"
)

// reaches waits until a knows that b is there: servers tell each other who listens.
func (nd *node) reaches(other *node) {
	nd.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if alive, err := nd.Probe(nd.t.Context(), other.peer); alive && err == nil {
			return
		}
	}
	nd.t.Fatal("the other node does not answer")
}

// told says whether the node was told anything of the reachability of others.
func (nd *node) told() bool {
	nd.mu.Lock()
	defer nd.mu.Unlock()
	return len(nd.reach) > 0
}

// stream sends numbered stanzas until stop, one or some at a time, and gives the number of the last that was taken.
func (nd *node) stream(to link.Peer, stop func(n uint64) bool) (n uint64) {
	for !stop(n) {
		for range 20 {
			if nd.say(to, n+1, 300) == nil {
				n++
			}
		}
		time.Sleep(time.Millisecond)
	}
	return n
}

// accounted holds what a link promises: in order and once, and everything was delivered or reported.
func accounted(t *testing.T, from, to *node, sent uint64) {
	t.Helper()
	from.eventually("all is delivered or lost", func() bool {
		for _, p := range from.Stats().Peers {
			if p.Peer == to.peer && (p.Queued > 0 || slices.Max(p.InFlight) > 0) {
				return false
			}
		}
		return true
	})
	to.mu.Lock()
	defer to.mu.Unlock()
	from.mu.Lock()
	defer from.mu.Unlock()
	delivered := map[uint64]bool{}
	for i, n := range to.delivered {
		if i > 0 && n <= to.delivered[i-1] {
			t.Fatalf("%d after %d", n, to.delivered[i-1])
		}
		delivered[n] = true
	}
	unknown := 0
	for n := range sent {
		outcome, lost := from.lost[n+1]
		switch {
		case !lost && !delivered[n+1]:
			t.Fatalf("%d of %d vanished", n+1, sent)
		case lost && outcome == link.NotDelivered && delivered[n+1]:
			t.Fatalf("%d was delivered and reported as not", n+1)
		case lost && outcome == link.Unknown:
			unknown++
		}
	}
	t.Logf("%d sent, %d delivered, %d lost, %d of them unknown", sent, len(delivered), len(from.lost), unknown)
	for _, nd := range []*node{from, to} {
		if n := nd.Stats().SlowConsumers; n != 0 {
			t.Errorf("%d slow consumers", n)
		}
	}
}

// trio makes three nodes, each on its own server, that reach each other.
func trio(t *testing.T, servers []*natsd.Server) (nodes []*node) {
	for n := range 3 {
		nodes = append(nodes, newNode(t, n, dial(t, linktest.Node(n), servers[n%len(servers)]), nil))
	}
	for _, a := range nodes {
		for _, b := range nodes {
			if a != b {
				a.reaches(b)
			}
		}
	}
	return nodes
}

func TestStanzasOverNATS(t *testing.T) {
	for name, n := range map[string]int{"one server": 1, "three servers": 3} {
		t.Run(name, func(t *testing.T) {
			servers := []*natsd.Server{natsdtest.One(t)}
			if n > 1 {
				servers = natsdtest.Cluster(t, n, nil)
			}
			nodes := trio(t, servers)
			const stanzas = 20000
			for i := range uint64(stanzas) {
				for errors.Is(nodes[0].Send(nodes[1].peer, 0, 7, number(i+1, 300)), link.ErrWindow) {
					time.Sleep(time.Millisecond)
				}
				if i%100 == 99 {
					nodes[0].Flush()
				}
			}
			nodes[0].Flush()
			nodes[1].eventually("all arrive", nodes[1].got(stanzas))
			accounted(t, nodes[0], nodes[1], stanzas)
			if lost := len(nodes[0].lost); lost != 0 {
				t.Errorf("%d lost", lost)
			}
			for _, s := range servers {
				if n := s.Stats().SlowConsumers; n != 0 {
					t.Errorf("%d slow consumers at a server", n)
				}
			}
		})
	}
}

// A node that does not read for a while costs nothing but its own: no server and no client drops anything.
func TestASlowNodeOverNATS(t *testing.T) {
	servers := natsdtest.Cluster(t, 3, nil)
	nodes := trio(t, servers)
	nodes[1].locked(func() { nodes[1].hold = true })
	n := uint64(0)
	for nodes[0].Send(nodes[1].peer, 0, 7, number(n+1, 1000)) == nil { // until the queue is full
		n++
		nodes[0].Flush()
	}
	for i := range uint64(500) { // meanwhile
		nodes[0].mustSay(nodes[2].peer, 1<<32+i, 300)
		nodes[2].eventually("others get theirs", nodes[2].got(int(i)+1))
	}
	nodes[1].release()
	nodes[1].eventually("all arrive", nodes[1].got(int(n)))
	accounted(t, nodes[0], nodes[1], n)
	for _, s := range servers {
		if n := s.Stats().SlowConsumers; n != 0 {
			t.Errorf("%d slow consumers at a server", n)
		}
	}
}

// A node whose server dies is unreachable; the others do not notice.
func TestAServerKilled(t *testing.T) {
	servers := natsdtest.Cluster(t, 3, nil)
	nodes := trio(t, servers)
	killed := make(chan struct{})
	other := make(chan uint64)
	go func() {
		other <- nodes[2].stream(nodes[0].peer, func(uint64) bool {
			select {
			case <-killed:
				return true
			default:
				return false
			}
		})
	}()
	sent := nodes[0].stream(nodes[1].peer, func(n uint64) bool {
		if n == 1000 {
			go servers[1].Close()
		}
		return nodes[0].told()
	})
	close(killed)
	accounted(t, nodes[0], nodes[1], sent)
	if err := nodes[0].say(nodes[1].peer, sent+1, 8); !errors.Is(err, link.ErrUnreachable) {
		t.Errorf("Send to who has no server: %v", err)
	}
	n := <-other
	accounted(t, nodes[2], nodes[0], n)
	if lost := len(nodes[2].lost); lost != 0 || n == 0 {
		t.Errorf("of %d between the others %d lost", n, lost)
	}
}

// connection makes two nodes at a server of somebody else's, the second one through a proxy.
func connection(t *testing.T) (a, b *node, p *faultproxy.Proxy) {
	t.Helper()
	address := natsdtest.External(t)
	p, err := faultproxy.New(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	for n, at := range []string{address, p.Address()} {
		bus, err := link.DialNATS(link.Dial{Self: linktest.Node(n), Servers: []string{"nats://" + at}})
		if err != nil {
			t.Fatal(err)
		}
		nd := newNode(t, n, bus, nil)
		if n == 0 {
			a = nd
		} else {
			b = nd
		}
	}
	a.reaches(b)
	return a, b, p
}

// TestAConnectionBreaks breaks the receiver's connection, or the sender's, under load, in several ways, and mends it.
func TestAConnectionBreaks(t *testing.T) {
	for _, row := range []struct {
		name string
		fail func(*faultproxy.Proxy)
		some string // which of them is broken when not everything is tested
	}{
		{"cut", (*faultproxy.Proxy).Cut, "receiver"},
		{"silent forth", func(p *faultproxy.Proxy) { p.Silence(faultproxy.Forth) }, ""},
		{"silent back", func(p *faultproxy.Proxy) { p.Silence(faultproxy.Back) }, ""},
		{"silent", func(p *faultproxy.Proxy) { p.Silence(faultproxy.Forth); p.Silence(faultproxy.Back) }, "sender"},
	} {
		for _, away := range []string{"receiver", "sender"} {
			if !everything && away != row.some {
				continue
			}
			t.Run(row.name+" "+away, func(t *testing.T) {
				t.Parallel() // they wait most of the time
				a, b, p := connection(t)
				from, to := a, b
				if away == "sender" {
					from, to = b, a
				}
				broken := time.Time{}
				sent := from.stream(to.peer, func(n uint64) bool {
					if n >= 500 && broken.IsZero() {
						row.fail(p)
						broken = time.Now()
					}
					// Long enough for NATS to notice too; how soon the link does, TestAFrozenPeer… and its like hold.
					return !broken.IsZero() && (time.Since(broken) > 7*time.Second && from.told() || time.Since(broken) > patience)
				})
				from.locked(func() {
					if len(from.reach) == 0 || from.reach[0] {
						t.Errorf("after %s without the other: %v", time.Since(broken), from.reach)
					}
				})
				p.Heal()
				from.reaches(to)
				before := sent
				to.eventually("it goes on", func() bool {
					if from.say(to.peer, sent+1, 8) == nil {
						sent++ // the first ones may still be lost, with the old connection
					}
					return to.delivered[len(to.delivered)-1] > before
				})
				accounted(t, from, to, sent)
			})
		}
	}
}

// A slow line bounds the rate, and nothing is dropped for it.
func TestASlowLine(t *testing.T) {
	a, b, p := connection(t)
	p.Slow(20*time.Millisecond, 2<<20)
	n, full := uint64(0), 0
	for begin := time.Now(); time.Since(begin) < 3*time.Second || full == 0 && time.Since(begin) < patience; {
		if a.Send(b.peer, 0, 1, number(n+1, 1000)) != nil {
			full++
			time.Sleep(time.Millisecond)
			continue
		}
		if n++; n%50 == 0 {
			a.Flush()
		}
	}
	p.Heal()
	a.Flush()
	b.eventually("all arrive", b.got(int(n)))
	accounted(t, a, b, n)
	if len(a.lost) != 0 || full == 0 {
		t.Errorf("%d lost; %d times full", len(a.lost), full)
	}
}

func number(n uint64, size int) []byte {
	b := make([]byte, size)
	for i := range 8 {
		b[i] = byte(n >> (56 - 8*i))
	}
	return b
}
