// SPDX-License-Identifier: Apache-2.0

package guard

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"
)

const second = int64(time.Second)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func nets(list ...string) (all []netip.Prefix) {
	for _, s := range list {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// nth is one address of many, each a network of its own.
func nth(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

func TestLists(t *testing.T) {
	for _, row := range []struct {
		name        string
		allow, deny []netip.Prefix
		from        string
		want        Reason
	}{
		{"no lists", nil, nil, "192.0.2.1", Admitted},
		{"allowed", nets("192.0.2.0/24"), nil, "192.0.2.1", Admitted},
		{"not allowed", nets("192.0.2.0/24"), nil, "192.0.3.1", Denied},
		{"denied", nil, nets("192.0.2.0/24"), "192.0.2.1", Denied},
		{"denied though allowed", nets("192.0.0.0/16"), nets("192.0.2.0/24"), "192.0.2.1", Denied},
		{"IPv4 in IPv6's clothes", nil, nets("192.0.2.0/24"), "::ffff:192.0.2.1", Denied},
		{"IPv4 in IPv6's clothes, allowed", nets("192.0.2.0/24"), nil, "::ffff:192.0.2.1", Admitted},
		{"all of IPv4 is none of IPv6", nets("0.0.0.0/0"), nil, "2001:db8::1", Denied},
		{"a zone hides nothing", nil, nets("fe80::/10"), "fe80::1%eth0", Denied},
		{"one address", nil, nets("2001:db8::1/128"), "2001:db8::2", Admitted},
	} {
		g := New(Settings{Allow: row.allow, Deny: row.deny})
		if _, got := g.Enter(addr(row.from), 0); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
		if len(g.places) != 0 {
			t.Errorf("%s: something is remembered where nothing is counted", row.name)
		}
	}
	if _, got := New(Settings{Allow: []netip.Prefix{}}).Enter(addr("192.0.2.1"), 0); got != Denied {
		t.Errorf("a list that is there and empty lets somebody in: %q", got)
	}
}

func TestProxies(t *testing.T) {
	g := New(Settings{})
	if !g.MayTell(addr("192.0.2.1")) {
		t.Error("without a list anybody may tell")
	}
	g.Set(Settings{Proxies: nets("10.0.0.0/8")})
	for from, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "11.0.0.1": false, "::1": false} {
		if g.MayTell(addr(from)) != want {
			t.Errorf("%s: may tell %v", from, !want)
		}
	}
}

func TestConnectionsOfOneAddress(t *testing.T) {
	g := New(Settings{Connections: 2})
	one, _ := g.Enter(addr("2001:db8::1"), 0)
	two, _ := g.Enter(addr("2001:db8::2"), 0) // the same /64
	if _, why := g.Enter(addr("2001:db8::3"), 0); why != Crowded {
		t.Errorf("the third of a /64: %q", why)
	}
	if _, why := g.Enter(addr("2001:db8:0:1::1"), 0); why != Admitted {
		t.Errorf("another /64: %q", why)
	}
	one(1)
	if _, why := g.Enter(addr("2001:db8::3"), 2); why != Admitted {
		t.Errorf("when one has left: %q", why)
	}
	two(3)
	if n := g.places[network(addr("2001:db8::"))].open; n != 1 {
		t.Errorf("%d are counted, want 1", n)
	}
}

// A lower limit sends nobody away, and counts on.
func TestLimitChanges(t *testing.T) {
	g := New(Settings{Connections: 3})
	a := addr("192.0.2.1")
	var leave []func(int64)
	for range 3 {
		l, _ := g.Enter(a, 0)
		leave = append(leave, l)
	}
	g.Set(Settings{Connections: 1})
	leave[0](0)
	leave[1](0)
	if _, why := g.Enter(a, 0); why != Crowded {
		t.Errorf("one is still there: %q", why)
	}
	leave[2](0)
	if _, why := g.Enter(a, 0); why != Admitted {
		t.Errorf("nobody is there: %q", why)
	}
}

func TestRateOfOneAddress(t *testing.T) {
	g := New(Settings{Rate: 5})
	a := addr("192.0.2.1")
	in := func(now int64) (n int) {
		for range 100 {
			if leave, why := g.Enter(a, now); why == Admitted {
				leave(now)
				n++
			} else if why != Hasty {
				t.Fatal(why)
			}
		}
		return n
	}
	for i, want := range []int{5, 0, 1, 0, 5} {
		now := []int64{0, 0, second / 5, second / 5, 100 * second}[i]
		if got := in(now); got != want {
			t.Errorf("step %d: %d let in, want %d", i, got, want)
		}
	}
	if _, why := g.Enter(addr("192.0.2.2"), 100*second); why != Admitted {
		t.Errorf("another address pays for it: %q", why)
	}
}

func TestLockout(t *testing.T) {
	g := New(Settings{Failures: 3, Window: time.Minute, Lockout: 5 * time.Minute})
	a := addr("192.0.2.1")
	fail := func(now int64) bool { return g.Failed(a, now) }
	if fail(0) || fail(30*second) || fail(61*second) { // the third begins another window
		t.Fatal("locked out for three failures in two windows")
	}
	if fail(62*second) || !fail(63*second) {
		t.Fatal("not locked out by the third failure of a window")
	}
	for now, want := range map[int64]Reason{64 * second: LockedOut, 362 * second: LockedOut, 363 * second: Admitted} {
		if _, why := g.Enter(a, now); why != want {
			t.Errorf("at %d s: %q, want %q", now/second, why, want)
		}
	}
	// Guesses by those who were in already do not make it longer, and prove nothing.
	fail(200 * second)
	if !g.Locked(a, 362*second) || g.Locked(a, 363*second) {
		t.Error("a guess during the lock-out moved its end")
	}
	if g.Locked(addr("192.0.2.2"), 100*second) {
		t.Error("a neighbour is locked out, too")
	}
}

// Whoever has very many addresses fills nothing: neither with rates nor with wrong
// proofs nor with refusals.
func TestMemoryIsBounded(t *testing.T) {
	g := New(Settings{Rate: 1, Failures: 2, Window: time.Hour, Lockout: time.Hour})
	for i := range 3 * idleMax {
		leave, why := g.Enter(nth(i), 0)
		if why != Admitted {
			t.Fatalf("address %d: %q", i, why)
		}
		g.Failed(nth(i), 0)
		leave(0)
	}
	if len(g.places) != idleMax || g.idle.n != idleMax {
		t.Errorf("%d places, %d idle, want %d", len(g.places), g.idle.n, idleMax)
	}
	// What has been over for long goes by itself.
	for i := range 2 * idleMax {
		leave, _ := g.Enter(nth(1<<23+i), 2*3600*second)
		leave(2 * 3600 * second)
		if i > idleMax && len(g.places) > idleMax {
			t.Fatalf("%d places", len(g.places))
		}
	}
}

// A lock-out is not washed away by many others who have done less.
func TestLockoutOutlastsAFlood(t *testing.T) {
	g := New(Settings{Failures: 2, Window: time.Hour, Lockout: time.Hour})
	bad := addr("192.0.2.66")
	g.Failed(bad, 0)
	g.Failed(bad, 0)
	for i := range 2 * idleMax {
		g.Failed(nth(i), 1)
	}
	if !g.Locked(bad, 2) {
		t.Error("the lock-out was forgotten")
	}
	if len(g.places) > idleMax {
		t.Errorf("%d places", len(g.places))
	}
}

// With random visitors the books stay right: what is counted is what is there, and
// nothing is kept of whom nothing is left to say.
func TestBooks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	g := New(Settings{Connections: 4, Rate: 3, Failures: 3, Window: time.Second, Lockout: 2 * time.Second})
	type guest struct {
		at    netip.Addr
		leave func(int64)
	}
	var in []guest
	there := map[netip.Addr]int{}
	now := int64(0)
	for range 50_000 {
		now += rnd.Int64N(second / 10)
		a := nth(rnd.IntN(40))
		switch rnd.IntN(3) {
		case 0:
			leave, why := g.Enter(a, now)
			if (why == Admitted) != (leave != nil) || why == Crowded && there[a] < 4 || why == Admitted && there[a] >= 4 {
				t.Fatalf("%q with %d there", why, there[a])
			}
			if why == Admitted {
				in = append(in, guest{a, leave})
				there[a]++
			}
		case 1:
			if len(in) > 0 {
				i := rnd.IntN(len(in))
				in[i].leave(now)
				there[in[i].at]--
				in = append(in[:i], in[i+1:]...)
			}
		default:
			g.Failed(a, now)
		}
	}
	for _, guest := range in {
		guest.leave(now)
	}
	now += 10 * second
	for i := range 40 { // who comes and goes lets what is over be forgotten
		if leave, why := g.Enter(nth(1000+i), now); why == Admitted {
			leave(now)
		}
	}
	for key, p := range g.places {
		if p.open != 0 || p.forgettable(g.set.Load(), now+10*second) && !p.idle {
			t.Errorf("%v: %+v", key, *p)
		}
	}
	if len(g.places) > 40 {
		t.Errorf("%d places are remembered", len(g.places))
	}
}

func TestManyAtOnce(t *testing.T) {
	g := New(Settings{Connections: 10, Failures: 5, Window: time.Minute, Lockout: time.Minute})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 2000 {
				if leave, why := g.Enter(nth(j%20), int64(j)); why == Admitted {
					if i == 0 && j%7 == 0 {
						g.Failed(nth(100+j%20), int64(j))
					}
					leave(int64(j))
				}
				if j%500 == 0 {
					g.Set(Settings{Connections: 10 + i, Failures: 5, Window: time.Minute, Lockout: time.Minute})
				}
			}
		})
	}
	wg.Wait()
	for _, p := range g.places {
		if p.open != 0 {
			t.Errorf("%v: %d are counted, nobody is there", p.net, p.open)
		}
	}
}

func BenchmarkEnter(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		b.Run(fmt.Sprintf("addresses=%d", n), func(b *testing.B) {
			g := New(Settings{Connections: 10, Rate: 1 << 20})
			b.ReportAllocs()
			now := int64(0)
			for i := 0; b.Loop(); i++ {
				now += 1000
				if leave, why := g.Enter(nth(i%n), now); why == Admitted {
					leave(now)
				}
			}
		})
	}
}

// What is remembered of an address means the same in another process, whose clock
// tells another time: how long somebody is locked out yet, and how many wrong proofs
// he has left.
func TestStateMovesTheClock(t *testing.T) {
	set := Settings{Failures: 2, Window: time.Minute, Lockout: 5 * time.Minute}
	old := New(set)
	locked, once, over, v6 := addr("192.0.2.1"), addr("192.0.2.2"), addr("192.0.2.3"), addr("2001:db8::1")
	old.Failed(over, 0)
	for range 2 {
		old.Failed(locked, 100*second)
		old.Failed(v6, 100*second)
	}
	old.Failed(once, 100*second)

	states := old.States(130 * second)
	if len(states) != 3 { // the window of the fourth is over
		t.Fatalf("%+v", states)
	}
	g, now := New(set), int64(1000*second)
	leave := g.Inherit(once, now) // his stream came first
	g.Restore(states, now)
	for _, a := range []netip.Addr{locked, v6} {
		if !g.Locked(a, now+269*second) || g.Locked(a, now+270*second) {
			t.Errorf("%v is not locked out for the 270 s that were left", a)
		}
	}
	if g.Locked(once, now) || !g.Failed(once, now+30*second) {
		t.Error("the second wrong proof of a window does not lock out")
	}
	leave(now)
	if g.Failed(over, now) {
		t.Error("a wrong proof of a window that was over counts")
	}
	if p := g.places[network(once)]; p == nil || p.open != 0 {
		t.Errorf("the stream that came first is not counted: %+v", p)
	}

	off := New(Settings{Connections: 1})
	off.Restore(states, now)
	if len(off.places) != 0 || off.States(now) != nil {
		t.Error("wrong proofs are remembered that nothing follows from")
	}
}
