// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"weir/internal/cluster/link"
	"weir/internal/cluster/link/linktest"
)

// world2 runs a test with two nodes in memory, in a bubble: its times are exact.
func world2(t *testing.T, change func(*link.Options), test func(*testing.T, *linktest.Network, *node, *node)) {
	synctest.Test(t, func(t *testing.T) {
		net := linktest.NewNetwork(1)
		a := newNode(t, 0, net.Bus(linktest.Node(0)), change)
		b := newNode(t, 1, net.Bus(linktest.Node(1)), change)
		test(t, net, a, b)
	})
}

// rest waits, and until everybody else waits too: what they have done by then may be looked at.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAKilledPeerIsReportedWithinASecond(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		b.hold = true
		a.mustSay(b.peer, 1, 8)
		b.eventually("the first stanza", b.got(1))
		net.Kill(b.peer.Node)
		killed := time.Now()
		a.mustSay(b.peer, 2, 8) // into the void
		rest(100 * time.Millisecond)
		a.mustSay(b.peer, 3, 8) // not even sent: the peer is doubted
		a.eventually("three lost", func() bool { return len(a.lost) == 3 })
		if took := a.lostAt.Sub(killed); took > time.Second {
			t.Errorf("reported after %s", took)
		}
		for n, want := range map[uint64]link.Outcome{1: link.Unknown, 2: link.Unknown, 3: link.NotDelivered} {
			if got := a.lost[n]; got != want {
				t.Errorf("stanza %d: outcome %d, not %d", n, got, want)
			}
		}
		if err := a.say(b.peer, 4, 8); !errors.Is(err, link.ErrUnreachable) {
			t.Errorf("Send to a dead peer: %v", err)
		}
		if !slices.Equal(a.reach, []bool{false}) {
			t.Errorf("told of its reachability: %v", a.reach)
		}
	})
}

func TestAFrozenPeerIsReportedInTimeAndHeardAgain(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		a.mustSay(b.peer, 1, 8)
		b.eventually("the first stanza", b.got(1))
		rest(time.Second)
		net.Freeze(b.peer.Node)
		frozen := time.Now()
		a.mustSay(b.peer, 2, 8)
		a.eventually("it is lost", func() bool { return len(a.lost) == 1 })
		// The documentation promises 6 s for what the sender is told.
		if took := a.lostAt.Sub(frozen); took > 5*time.Second {
			t.Errorf("reported after %s", took)
		}
		if a.lost[2] != link.Unknown {
			t.Error("reported as not delivered: it may be")
		}
		net.Thaw(b.peer.Node)
		a.eventually("it is heard", func() bool { return slices.Equal(a.reach, []bool{false, true}) })
		a.mustSay(b.peer, 3, 8)
		b.eventually("what came in its sleep, and now", func() bool { return slices.Equal(b.delivered, []uint64{1, 2, 3}) })
	})
}

func TestWithoutTheBusItIsSaidWithinASecond(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		a.mustSay(b.peer, 1, 8)
		b.eventually("the first stanza", b.got(1))
		net.Detach(a.peer.Node)
		rest(900 * time.Millisecond)
		if err := a.say(b.peer, 2, 8); !errors.Is(err, link.ErrUnreachable) {
			t.Errorf("Send without the bus: %v", err)
		}
		rest(time.Minute)
		net.Attach(a.peer.Node)
		back := time.Now()
		a.eventually("it is reachable", func() bool { return slices.Equal(a.reach, []bool{false, true}) })
		if took := time.Since(back); took > time.Second {
			t.Errorf("reachable again after %s", took)
		}
		a.mustSay(b.peer, 3, 8)
		b.eventually("it goes on", func() bool { return slices.Equal(b.delivered, []uint64{1, 3}) })
	})
}

// A short loss of the bus costs nothing but what was sent into it, and of that it is known that it was not delivered.
func TestAShortLossOfTheBus(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		a.mustSay(b.peer, 1, 8)
		b.eventually("the first stanza", b.got(1))
		net.Detach(a.peer.Node)
		a.mustSay(b.peer, 2, 8)
		rest(200 * time.Millisecond)
		net.Attach(a.peer.Node)
		a.eventually("it is known", func() bool { return len(a.lost) == 1 })
		if outcome, lost := a.lost[2]; !lost || outcome != link.NotDelivered {
			t.Errorf("lost: %v", a.lost)
		}
		a.mustSay(b.peer, 3, 8)
		b.eventually("it goes on", func() bool { return slices.Equal(b.delivered, []uint64{1, 3}) })
		if len(a.reach) != 0 {
			t.Errorf("told of its reachability: %v", a.reach)
		}
	})
}

func small(o *link.Options) {
	o.FrameBytes, o.StanzaBytes, o.WindowBytes, o.QueueBytes = 1<<10, 4<<10, 8<<10, 64<<10
}

// A peer that acknowledges nothing gets a window full and no more; then the queue fills up, and then Send says so.
func TestWindowAndQueueAreBounds(t *testing.T) {
	world2(t, small, func(t *testing.T, net *linktest.Network, a, b *node) {
		b.hold = true
		n := uint64(0)
		for {
			err := a.say(b.peer, n+1, 500)
			if errors.Is(err, link.ErrWindow) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
			rest(time.Millisecond)
		}
		if most := uint64((64<<10 + 8<<10) / 500); n < most*3/4 || n > most {
			t.Errorf("%d stanzas of 500 bytes taken: at most %d fit", n, most)
		}
		if arrived := len(b.delivered); arrived > 8<<10/500 {
			t.Errorf("%d arrived unacknowledged: more than the window", arrived)
		}
		if !slices.Equal(a.queue, []bool{true}) {
			t.Errorf("told of the queue: %v", a.queue)
		}
		if p := a.Stats().Peers[0]; p.InFlight[0] > 8<<10 || p.Queued > 64<<10 {
			t.Errorf("%+v", p)
		}
		b.release()
		b.eventually("all arrive", b.got(int(n)))
		a.eventually("the queue is open", func() bool { return slices.Equal(a.queue, []bool{true, false}) })
		if !slices.IsSorted(b.delivered) || len(a.lost) != 0 {
			t.Errorf("order or loss: %v", a.lost)
		}
		if c := a.Stats(); c.Full != 1 || c.Windows == 0 {
			t.Errorf("counted %+v", c.Counts)
		}
	})
}

// A slow peer holds up nobody else.
func TestAStuckPeerHarmsNobodyElse(t *testing.T) {
	world2(t, small, func(t *testing.T, net *linktest.Network, a, b *node) {
		c := newNode(t, 2, net.Bus(linktest.Node(2)), small)
		b.hold = true
		for n := uint64(1); a.say(b.peer, n, 500) == nil; n++ {
		}
		begin := time.Now()
		for n := range uint64(1000) {
			a.mustSay(c.peer, n+1, 500)
			c.eventually("it arrives", c.got(int(n)+1))
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("1,000 stanzas one after another took %s", took)
		}
	})
}

func TestLate(t *testing.T) {
	for _, told := range []bool{true, false} {
		options := func(o *link.Options) {
			small(o)
			if !told {
				o.Late = nil
			}
		}
		world2(t, options, func(t *testing.T, net *linktest.Network, a, b *node) {
			b.hold = true
			for n := range uint64(6) {
				a.mustSay(b.peer, n+1, 900)
				rest(time.Millisecond)
			}
			rest(time.Second)
			// 200 ms after each came, and with somebody who does nothing about it again every 200 ms.
			want := 6
			if told {
				want = 6 * 4
			}
			if late := int(b.Stats().Late); late < want || late > want+6 || told != (b.late > 0) {
				t.Errorf("told %d times that a batch is late, not %d; %d of these somebody", late, want, b.late)
			}
			// Without anybody to tell the link acknowledges by itself; with somebody it is up to him.
			if acked := a.Stats().Acknowledged; (acked == 6) == told {
				t.Errorf("told %v: %d acknowledged", told, acked)
			}
			for _, batch := range b.held {
				batch.Release()
			}
			rest(100 * time.Millisecond)
			if acked := a.Stats().Acknowledged; acked != 6 {
				t.Errorf("%d acknowledged after Release", acked)
			}
			b.release() // done later does no harm
		})
	}
}

func TestKeepHoldsTheAcknowledgement(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		b.hold = true
		a.mustSay(b.peer, 1, 8)
		b.eventually("it arrives", b.got(1))
		batch := b.held[0]
		batch.Keep()
		batch.Done()
		rest(time.Second)
		if a.Stats().Acknowledged != 0 {
			t.Error("acknowledged while somebody holds it")
		}
		batch.Done()
		rest(time.Second)
		if a.Stats().Acknowledged != 1 {
			t.Error("not acknowledged")
		}
		defer func() {
			if recover() == nil {
				t.Error("Done of nobody's hold is not noticed")
			}
		}()
		batch.Done()
	})
}

func TestProbe(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		probe := func(p link.Peer) (bool, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			return a.Probe(ctx, p)
		}
		begin := time.Now()
		if alive, err := probe(b.peer); !alive || err != nil {
			t.Errorf("a living peer: %v %v", alive, err)
		}
		if took := time.Since(begin); took > 100*time.Millisecond {
			t.Errorf("a living peer took %s", took)
		}
		begin = time.Now()
		if alive, err := probe(linktest.Peer(5, 1)); alive || err != nil {
			t.Errorf("nobody: %v %v", alive, err)
		}
		if took := time.Since(begin); took < 250*time.Millisecond || took > time.Second {
			t.Errorf("nobody took %s: two answers 250 ms apart", took)
		}
		if alive, err := probe(link.Peer{Node: b.peer.Node, Incarnation: 99}); alive || err != nil {
			t.Errorf("a former life: %v %v", alive, err)
		}
		net.Freeze(b.peer.Node)
		if alive, err := probe(b.peer); alive || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a frozen peer: %v %v", alive, err)
		}
	})
}

// What is sent to a node's former life is not given to the new one.
func TestAFormerLifeGetsNothing(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		former := link.Peer{Node: b.peer.Node, Incarnation: 99}
		a.mustSay(former, 1, 8)
		a.eventually("it is lost", func() bool { return len(a.lost) == 1 })
		if len(b.delivered) != 0 {
			t.Error("delivered to another life")
		}
		a.mustSay(b.peer, 2, 8)
		b.eventually("the living one gets its own", b.got(1))
		a.PeerGone(former)
		if n := len(a.Stats().Peers); n != 1 {
			t.Errorf("%d peers", n)
		}
	})
}

func TestPeerGoneReportsOnceBeforeItReturns(t *testing.T) {
	world2(t, small, func(t *testing.T, net *linktest.Network, a, b *node) {
		b.hold = true
		for n := range uint64(40) {
			a.mustSay(b.peer, n+1, 500)
		}
		rest(100 * time.Millisecond)
		arrived := len(b.delivered)
		a.PeerGone(b.peer)
		unknown := 0
		for n, outcome := range a.lost {
			if outcome == link.Unknown {
				unknown++
			} else if n <= uint64(arrived) {
				t.Errorf("%d was delivered", n)
			}
		}
		if len(a.lost) != 40 || unknown != arrived {
			t.Errorf("%d lost, %d of them unknown; %d had arrived", len(a.lost), unknown, arrived)
		}
		a.PeerGone(b.peer)
		b.release()
		a.mustSay(b.peer, 41, 8) // a lease that came back
		b.eventually("a new beginning", b.got(arrived+1))
		rest(time.Second)
		if len(a.lost) != 40 {
			t.Errorf("%d lost", len(a.lost))
		}
	})
}

func TestCloseReportsWhatIsNotAcknowledged(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		b.hold = true
		a.mustSay(b.peer, 1, 8)
		b.eventually("it arrives", b.got(1))
		a.Close()
		if outcome, lost := a.lost[1]; !lost || outcome != link.Unknown {
			t.Errorf("lost: %v", a.lost)
		}
		if err := a.say(b.peer, 2, 8); !errors.Is(err, link.ErrClosed) {
			t.Errorf("Send: %v", err)
		}
		if _, err := a.Probe(t.Context(), b.peer); !errors.Is(err, link.ErrClosed) {
			t.Errorf("Probe: %v", err)
		}
		a.Close()
	})
}

func TestDrain(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		b.hold = true
		a.mustSay(b.peer, 1, 8)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := a.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("drained while something is held: %v", err)
		}
		b.release()
		if err := a.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestSizes(t *testing.T) {
	world2(t, small, func(t *testing.T, net *linktest.Network, a, b *node) {
		sizes := []int{8, 1, 990, 1000, 1023, 1024, 1025, 4 << 10, 9}
		for n, size := range sizes {
			a.mustSay(b.peer, uint64(n+1), size)
		}
		if err := a.say(b.peer, 99, 4<<10+1); !errors.Is(err, link.ErrTooBig) {
			t.Errorf("one byte too many: %v", err)
		}
		b.eventually("all arrive", b.got(len(sizes)))
		if !slices.IsSorted(b.delivered) {
			t.Errorf("order: %v", b.delivered)
		}
	})
}

// A node that comes in ever new lives takes nobody else's place: what others have on their way is acknowledged.
func TestManyLivesOfOneNodeHarmNobodyElse(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		b.hold = true
		a.mustSay(b.peer, 1, 8)
		b.eventually("it arrives", b.got(1))
		rest(time.Second)
		for life := range uint64(200) {
			c := newNode(t, 2, net.Bus(linktest.Node(2)), func(o *link.Options) { o.Self.Incarnation = 1000 + life })
			c.mustSay(b.peer, 100+life, 8)
			b.eventually("each life is heard", b.got(2+int(life)))
			c.Close()
		}
		b.release()
		rest(time.Second)
		if acked := a.Stats().Acknowledged; acked != 1 || len(a.lost) != 0 {
			t.Errorf("%d acknowledged, lost %v", acked, a.lost)
		}
	})
}

func TestPeersAreBounded(t *testing.T) {
	world2(t, func(o *link.Options) { o.Peers = 2 }, func(t *testing.T, net *linktest.Network, a, b *node) {
		a.mustSay(b.peer, 1, 8)
		a.mustSay(linktest.Peer(2, 1), 2, 8)
		if err := a.say(linktest.Peer(3, 1), 3, 8); !errors.Is(err, link.ErrPeers) {
			t.Errorf("a third: %v", err)
		}
		for name, p := range map[string]link.Peer{
			"ourselves": a.peer, "no life": {Node: linktest.Node(4)}, "no name": {Incarnation: 1}, "a bad name": {Node: "a.b", Incarnation: 1},
		} {
			if err := a.say(p, 3, 8); err == nil {
				t.Errorf("%s: taken", name)
			}
		}
	})
}

// Windows are shares of what a node lets be on its way to it, however many there are.
func TestGrantsShareWhatMayComeIn(t *testing.T) {
	options := func(o *link.Options) {
		o.Lanes, o.InboundBytes, o.StanzaBytes = 1, 512<<10, 16<<10
	}
	world2(t, options, func(t *testing.T, net *linktest.Network, a, b *node) {
		senders := []*node{a}
		for n := 2; n < 6; n++ {
			senders = append(senders, newNode(t, n, net.Bus(linktest.Node(n)), options))
		}
		b.hold = false
		for n := range uint64(3) { // everybody is known and has been granted something
			for _, s := range senders {
				s.mustSay(b.peer, n+1, 8)
			}
			rest(100 * time.Millisecond)
		}
		b.locked(func() { b.hold = true })
		for _, s := range senders {
			for n := range uint64(200) {
				s.say(b.peer, n+10, 8<<10)
			}
		}
		rest(time.Second)
		bytes := 0
		for _, s := range senders {
			bytes += s.Stats().Peers[0].InFlight[0]
		}
		if bytes > 512<<10 || bytes < 256<<10 {
			t.Errorf("%d bytes on their way: %d may be", bytes, 512<<10)
		}
		b.release()
		for _, s := range senders {
			if err := s.Drain(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestVersions(t *testing.T) {
	for _, row := range []struct {
		name       string
		a, b       [2]uint8
		spoken     int // by a, in the end; 0: none
		firstFails bool
	}{
		{"the same", [2]uint8{1, 1}, [2]uint8{1, 1}, 1, false},
		{"a newer one beside an older", [2]uint8{1, 2}, [2]uint8{1, 1}, 1, false},
		{"both newer", [2]uint8{1, 3}, [2]uint8{1, 2}, 2, false},
		{"one that has dropped the oldest", [2]uint8{1, 2}, [2]uint8{2, 3}, 2, true},
		{"nothing in common", [2]uint8{1, 1}, [2]uint8{2, 2}, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := linktest.NewNetwork(1)
				with := func(v [2]uint8) func(*link.Options) {
					return func(o *link.Options) { o.SetVersions(v[0], v[1]) }
				}
				a := newNode(t, 0, net.Bus(linktest.Node(0)), with(row.a))
				b := newNode(t, 1, net.Bus(linktest.Node(1)), with(row.b))
				a.mustSay(b.peer, 1, 8)
				rest(10 * time.Second)
				if row.firstFails != (len(a.lost) == 1) || row.firstFails == (len(b.delivered) == 1) {
					t.Errorf("first stanza: lost %v, delivered %v", a.lost, b.delivered)
				}
				if got := a.Stats().Peers[0].Version; row.spoken != 0 && got != row.spoken {
					t.Errorf("speaks version %d", got)
				}
				err := a.say(b.peer, 2, 8)
				rest(time.Second)
				if arrived := slices.Contains(b.delivered, 2); arrived != (row.spoken != 0) || arrived != (err == nil) {
					t.Errorf("second stanza: %v, arrived %v", err, arrived)
				}
			})
		})
	}
}

// An acknowledgement that was lost is asked for, also where the frames behind it were refused since.
func TestALostAcknowledgement(t *testing.T) {
	for _, gap := range []bool{false, true} {
		world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
			net.Cut(b.peer.Node, a.peer.Node)
			a.mustSay(b.peer, 1, 8)
			rest(20 * time.Millisecond)
			net.Heal(b.peer.Node, a.peer.Node)
			if gap {
				net.Cut(a.peer.Node, b.peer.Node)
				a.mustSay(b.peer, 2, 8)
				rest(20 * time.Millisecond)
				net.Heal(a.peer.Node, b.peer.Node)
				a.mustSay(b.peer, 3, 8)
			}
			rest(time.Second)
			if n := a.Stats().Acknowledged; n != 1 {
				t.Errorf("gap %v: %d acknowledged", gap, n)
			}
			want := 0
			if gap {
				want = 2
			}
			if len(a.lost) != want || a.lost[2] != link.NotDelivered || a.lost[3] != link.NotDelivered {
				t.Errorf("gap %v: lost %v", gap, a.lost)
			}
		})
	}
}

// Control frames that are lost for good are not waited for for ever.
func TestAPeerThatIsHeardByNobody(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		net.Cut(b.peer.Node, a.peer.Node)
		a.mustSay(b.peer, 1, 8)
		rest(5 * time.Second)
		if outcome, lost := a.lost[1]; !lost || outcome != link.Unknown || len(b.delivered) != 1 {
			t.Errorf("lost %v, delivered %v", a.lost, b.delivered)
		}
	})
}

// After what was lost without a trace, the first that is sent again arrives: an epoch has begun.
func TestANewBeginningAfterALoss(t *testing.T) {
	world2(t, nil, func(t *testing.T, net *linktest.Network, a, b *node) {
		a.mustSay(b.peer, 1, 8)
		b.eventually("the first stanza", b.got(1))
		net.Cut(a.peer.Node, b.peer.Node)
		a.mustSay(b.peer, 2, 8)
		rest(5 * time.Second)
		net.Heal(a.peer.Node, b.peer.Node)
		a.eventually("it is heard", func() bool { return slices.Equal(a.reach, []bool{false, true}) })
		a.mustSay(b.peer, 3, 8)
		b.eventually("what came then", func() bool { return slices.Equal(b.delivered, []uint64{1, 3}) })
		if len(a.lost) != 1 || a.lost[2] != link.Unknown {
			t.Errorf("lost %v", a.lost)
		}
	})
}
