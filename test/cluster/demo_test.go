// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// pair is a component on one node that sends to one on another, and counts.
type pair struct {
	from, to                string
	sent, got, answered     atomic.Int64
	reordered, last, window int64
	out, in                 net.Conn
	failed                  atomic.Bool
}

var idOf = regexp.MustCompile(`id='(\d+)'`)

// login is a connection that has become a component.
func login(t *testing.T, addr, name string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, _ = c.Write([]byte(xmpptest.Header(name)))
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	id := regexp.MustCompile(`id='([^']+)'`).FindSubmatch(buf[:n])
	if err != nil || id == nil {
		t.Fatalf("%s: no header: %v %q", name, err, buf[:n])
	}
	fmt.Fprintf(c, "<handshake>%s</handshake>", xmpptest.Digest(string(id[1]), secret))
	if n, err = c.Read(buf); err != nil || string(buf[:n]) != "<handshake/>" {
		t.Fatalf("%s: %v %q", name, err, buf[:n])
	}
	return c
}

// run sends with at most a window under way, until the end, and counts what comes
// at the other side, and what comes back.
func (p *pair) run(end <-chan struct{}, done *sync.WaitGroup) {
	done.Go(func() {
		r := bufio.NewReaderSize(p.in, 64<<10)
		for {
			m, err := r.ReadString('>')
			if err != nil {
				p.failed.Store(true)
				return
			}
			if id := idOf.FindStringSubmatch(m); id != nil {
				n, _ := strconv.ParseInt(id[1], 10, 64)
				if n <= p.last {
					p.reordered++
				}
				p.last = n
				p.got.Add(1)
			}
		}
	})
	done.Go(func() {
		r := bufio.NewReaderSize(p.out, 64<<10)
		for {
			m, err := r.ReadString('>')
			if err != nil {
				return
			}
			if strings.Contains(m, "type='error'") && strings.HasPrefix(strings.TrimSpace(m), "<message") {
				p.answered.Add(1)
			}
		}
	})
	done.Go(func() {
		for n := int64(1); ; {
			select {
			case <-end:
				return
			default:
			}
			var b strings.Builder
			for range 50 {
				fmt.Fprintf(&b, "<message from='%s' to='%s' id='%d'/>", p.from, p.to, n)
				n++
			}
			if _, err := p.out.Write([]byte(b.String())); err != nil {
				return
			}
			p.sent.Add(50)
			if p.failed.Load() {
				return // its receiver's node has died: what is on its way will tell
			}
			for p.sent.Load()-p.got.Load()-p.answered.Load() > p.window && !p.failed.Load() {
				select {
				case <-end:
					return
				case <-time.After(100 * time.Microsecond):
				}
			}
		}
	})
}

// quiet waits until a number has not changed for two seconds.
func quiet(number func() int64) {
	for last, since := number(), time.Now(); time.Since(since) < 2*time.Second; time.Sleep(50 * time.Millisecond) {
		if n := number(); n != last {
			last, since = n, time.Now()
		}
	}
}

// TestDemo is make cluster-demo: three nodes, load between all of them, one killed in
// the middle, and figures.
func TestDemo(t *testing.T) {
	if os.Getenv("WEIR_CLUSTER_DEMO") == "" {
		t.Skip("make cluster-demo runs it")
	}
	n := nodes(t, 3, `scope = "cluster"`, listener)
	fmt.Println("three nodes on loopback, each with a NATS server inside")
	var pairs []*pair
	for i := range 3 {
		p := &pair{from: fmt.Sprintf("s%d.example", i), to: fmt.Sprintf("r%d.example", i), window: 1000}
		p.out, p.in = login(t, n[i].Addr(), p.from), login(t, n[(i+1)%3].Addr(), p.to)
		pairs = append(pairs, p)
	}
	// All know of all when they know of who came last: the table's changes come in order.
	last0, last1 := dial(t, n[0], "last0.example"), dial(t, n[1], "last1.example")
	for i, last := range []*xmpptest.Peer{last1, last0, last0} {
		reach(t, dial(t, n[i], fmt.Sprintf("probe%d.example", i)), last, fmt.Sprintf("probe%d.example", i), last.Name)
	}
	end := make(chan struct{})
	var done sync.WaitGroup
	for _, p := range pairs {
		p.run(end, &done)
	}
	const load = 3 * time.Second
	time.Sleep(load)
	total := int64(0)
	for _, p := range pairs {
		total += p.got.Load()
	}
	fmt.Printf("%d stanzas a second between nodes, over %d pairs\n", total/int64(load.Seconds()), len(pairs))

	killed := time.Now()
	kill(n[2]) // it had s2 and r1
	back := xmpptest.DialWhenFree(t, n[0].Addr(), "r1.example", secret)
	fmt.Printf("node 3 killed; its component r1.example was taken on by node 1 after %s\n", time.Since(killed).Round(time.Millisecond))
	received := back.Collect()
	time.Sleep(2 * time.Second)
	close(end)
	// A window's errors go back at a thousand a second.
	p := pairs[0]
	quiet(func() int64 { return p.got.Load() + p.answered.Load() + pairs[1].got.Load() + pairs[1].answered.Load() })
	fmt.Printf("%s on node 1 to %s on node 2, all along: %d sent, %d received, %d answered, %d out of order\n",
		p.from, p.to, p.sent.Load(), p.got.Load(), p.answered.Load(), p.reordered)
	if p.sent.Load() != p.got.Load()+p.answered.Load() || p.reordered != 0 {
		t.Errorf("%s: stanzas were lost or reordered", p.to)
	}
	p = pairs[1]
	_ = p.out.Close() // the other end of back's last stanza
	back.Close()
	text, _ := received()
	after := int64(strings.Count(text, "<message "))
	fmt.Printf("%s on node 2 to %s, which died with node 3: %d sent, %d received there, %d in its new place, %d answered\n",
		p.from, p.to, p.sent.Load(), p.got.Load(), after, p.answered.Load())
	if lost := p.sent.Load() - p.got.Load() - after - p.answered.Load(); lost > 0 {
		t.Errorf("%d stanzas for %s were neither received nor answered", lost, p.to)
	}
	for _, p := range pairs {
		_ = p.out.Close()
		_ = p.in.Close()
	}
	done.Wait()
}
