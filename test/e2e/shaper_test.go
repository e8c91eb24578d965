// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

const (
	shaperRate = 100_000 // bytes per second, and the size of the bucket
	// shapedTrips is more round trips than a pair makes in two seconds that waits for somebody's shaper each time.
	shapedTrips = 300
)

// shaped is one listener without a shaper and one with.
var shaped = fmt.Sprintf("[shaper.measured]\nmax_rate = %d\n", shaperRate) + listener + listener + "shaper = \"measured\"\n"

// sized is a message of exactly n bytes.
func sized(t *testing.T, from, to string, n int) string {
	t.Helper()
	m := "<message from='" + from + "' to='" + to + "'><body></body></message>"
	if len(m) > n {
		t.Fatalf("a message from %s to %s has %d bytes at least", from, to, len(m))
	}
	return strings.Replace(m, "<body>", "<body>"+strings.Repeat("x", n-len(m)), 1)
}

// TestShaperRate: at no moment has more come through than the bucket and the rate allow, and in the end hardly less, over
// some seconds; everything comes through. Somebody beside it has a bucket of his own, and who has none is not slowed.
func TestShaperRate(t *testing.T) {
	t.Parallel()
	const size, stanzas = 1000, 400
	w := xmpptest.StartWeir(t, shaped)
	receiver := dial(t, w, "receiver.example")
	left, right := dial(t, w, "left.example"), dial(t, w, "right.example")
	quiet := roundTrips(left, right, 300*time.Millisecond)

	start := time.Now() // before its bucket is there
	p := xmpptest.Dial(t, w.AddrOf(1), "fast.example", secret)
	m := sized(t, p.Name, receiver.Name, size)
	sent := make(chan error, 1)
	go func() { sent <- p.TrySend(strings.Repeat(m, stanzas)) }()

	beside := make(chan int, 1)
	go func() { beside <- roundTrips(left, right, 2*time.Second) }()
	for i := range stanzas {
		receiver.Expect(m)
		got, took := (i+1)*size, time.Since(start)
		if most := shaperRate + int(took.Seconds()*shaperRate); got > most {
			t.Fatalf("%d bytes came through within %v, allowed are %d", got, took, most)
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	want := time.Duration(stanzas*size-shaperRate) * time.Second / shaperRate
	expectWithin(t, start, want)
	t.Logf("%d bytes at %d a second took %v, exact would be %v", stanzas*size, shaperRate, time.Since(start).Round(time.Millisecond), want)
	if n := <-beside; n < min(quiet, shapedTrips) {
		t.Errorf("a pair beside it made %d round trips in two seconds, %d in 0.3 s when it was alone", n, quiet)
	}
}

// roundTrips counts how often a message goes there and one comes back.
func roundTrips(a, b *xmpptest.Peer, d time.Duration) (n int) {
	for end := time.Now().Add(d); time.Now().Before(end); n++ {
		talk(a, b)
	}
	return n
}

// TestShaperBurst: a full bucket goes through at once, again and again when it has had time to fill, also after it was overdrawn;
// each stream has its own.
func TestShaperBurst(t *testing.T) {
	t.Parallel()
	const size, within = 1000, 350 * time.Millisecond // half a bucket would make it half a second
	w := xmpptest.StartWeir(t, shaped)
	receiver := dial(t, w, "receiver.example")
	pass := func(p *xmpptest.Peer, stanzas int) time.Duration {
		t.Helper()
		m := sized(t, p.Name, receiver.Name, size)
		start := time.Now()
		p.Send(strings.Repeat(m, stanzas))
		receiver.Expect(strings.Repeat(m, stanzas))
		return time.Since(start)
	}
	const bucket, more = 95, 60 // stanzas: the header and the handshake have cost some
	atOnce := func(what string, full func() *xmpptest.Peer) (p *xmpptest.Peer) {
		t.Helper()
		var took time.Duration
		for range 5 { // a busy machine is slow now and then, a bucket that is not full is each time
			p = full()
			if took = pass(p, bucket); took <= within {
				return p
			}
		}
		t.Errorf("%s took %v", what, took)
		return p
	}
	var began time.Time
	n := 0
	fresh := func() *xmpptest.Peer {
		began = time.Now()
		n++
		return xmpptest.Dial(t, w.AddrOf(1), fmt.Sprintf("c%d.example", n), secret)
	}
	one := atOnce("a full bucket", fresh)
	pass(one, more)
	if took, least := time.Since(began), time.Duration((bucket+more)*size-shaperRate)*time.Second/shaperRate; took < least {
		t.Errorf("%d bytes took %v, want at least %v", (bucket+more)*size, took, least)
	}
	atOnce("a full bucket beside an empty one", fresh)
	atOnce("a bucket that has been full again", func() *xmpptest.Peer {
		time.Sleep(time.Second) // it has been overdrawn and has paid
		return one
	})
}

// TestShaperReadsNoMore: what is beyond the rate stays with the sender: weir neither reads nor keeps it.
func TestShaperReadsNoMore(t *testing.T) {
	t.Parallel()
	w := xmpptest.StartWeir(t, shaped)
	dial(t, w, "receiver.example")
	p := xmpptest.Dial(t, w.AddrOf(1), "fast.example", secret)
	before := memoryOf(t, w.PID(), "VmRSS")
	m := sized(t, p.Name, "receiver.example", 100_000)
	f := startFlood(p, 0, func(int) string { return m })
	f.waitStill(t, 600*time.Millisecond) // one goes through in a second
	if grown := memoryOf(t, w.PID(), "VmRSS") - before; grown > 4<<20 {
		t.Errorf("weir has grown by %d bytes for a stream that it should not read", grown)
	}
}

// TestShaperOfSmallPieces: a stream that comes in single bytes is charged for them, no more.
func TestShaperOfSmallPieces(t *testing.T) {
	t.Parallel()
	w := xmpptest.StartWeir(t, shaped)
	receiver := dial(t, w, "receiver.example")
	p := xmpptest.Dial(t, w.AddrOf(1), "slow.example", secret)
	m := sized(t, p.Name, receiver.Name, 300)
	for range 10 {
		p.Dribble(m)
		receiver.Expect(m)
	}
}

// TestShapedComponentComesBack: a component that has gone leaves much unread that its shaper allows for only in a minute. It, and
// nobody else before it has gone, has its name back at once.
func TestShapedComponentComesBack(t *testing.T) {
	t.Parallel()
	const rate, size, stanzas = 1000, 500, 100
	w := xmpptest.StartWeir(t, fmt.Sprintf("[shaper.slow]\nmax_rate = %d\n", rate)+listener+"shaper = \"slow\"\n"+listener)
	receiver := xmpptest.Dial(t, w.AddrOf(1), "receiver.example", secret)
	old := xmpptest.Dial(t, w.AddrOf(0), "slow.example", secret)
	old.Send(strings.Repeat(sized(t, old.Name, receiver.Name, size), stanzas))
	receiver.ReadStanza()

	early := xmpptest.Connect(t, w.AddrOf(0))
	early.Open(old.Name)
	early.SendHandshake(secret)
	early.ExpectStreamError("conflict")

	old.Close()
	back := xmpptest.Dial(t, w.AddrOf(0), old.Name, secret)
	w.WaitLog(`replaces its own connection.*"component":"slow.example","unread":[1-9]`)
	marked := "<message from='slow.example' to='receiver.example' id='back'/>"
	back.Send(marked)
	for {
		if receiver.ReadStanza().Attribute("id") == "back" {
			break
		}
	}
	receiver.Send("<message from='receiver.example' to='slow.example' id='welcome'/>")
	back.Expect("<message from='receiver.example' to='slow.example' id='welcome'/>")
}

// TestShaperNone: the word is no shaper, and neither is silence; a name that nobody has defined does not start.
func TestShaperNone(t *testing.T) {
	w := xmpptest.StartWeir(t, "[shaper.measured]\nmax_rate = 1\n"+listener+"shaper = \"none\"\n"+listener)
	for i, name := range []string{"none.example", "silent.example"} {
		p := xmpptest.Dial(t, w.AddrOf(i), name, secret)
		m := sized(t, name, name, 10_000)
		start := time.Now()
		for range 20 {
			p.Send(m)
			p.Expect(m)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("200,000 bytes without a shaper took %v", took)
		}
	}
	status, output := xmpptest.StartWeirToFail(t, "[shaper.fast]\nmax_rate = 1\n"+listener+"shaper = \"fats\"\n")
	if want := `weir.toml:8: listen.component.shaper: is "fats", which is not defined`; status != 1 || !strings.Contains(output, want) {
		t.Errorf("exit status %d, output\n%s\nwant 1 and %s", status, output, want)
	}
}
