// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// books are the totals of weir's stanza counters.
func books(a *administered) map[string]int {
	sums := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^weir_stanzas_(\w+?)(?:_total)?(?:\{[^}]*\})? (-?\d+)$`).FindAllStringSubmatch(a.get("/metrics"), -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			a.t.Fatal(err)
		}
		sums[m[1]] += n
	}
	return sums
}

// TestUpstreamBooksAddUp: components come and go, the server is killed and comes back, traffic goes both ways all the while; and
// in the end weir can say of each stanza what became of it.
func TestUpstreamBooksAddUp(t *testing.T) {
	const rounds, names, each = 12, 4, 60
	known := []string{"far.front.example"}
	for i := range names {
		known = append(known, fmt.Sprintf("c%d.front.example", i))
	}
	for _, kind := range xmpptest.ServerKinds {
		t.Run(kind, func(t *testing.T) {
			server := front(t, kind, known...)
			a := administer(t, listener+"conflict_behaviour = \"kick_old\"\n"+
				upstream("behind", server.Components, "*", "park_time = \"2s\"\nretry_max = \"500ms\""))
			far := xmpptest.DialLoosely(t, server.Components, known[0], upstreamPass)
			far.Collect()
			var near []*xmpptest.Peer
			for _, name := range known[1:] {
				near = append(near, dial(t, a.Weir, name))
				near[len(near)-1].Collect()
			}
			for round := range rounds {
				for i, p := range near {
					var b strings.Builder
					for n := range each {
						id := fmt.Sprintf("%d-%d-%d", round, i, n)
						fmt.Fprintf(&b, "<message from='x@%s' to='y@%s' id='%s'><body>up</body></message>", known[i+1], known[0], id)
						// And to a neighbour, which may be away.
						fmt.Fprintf(&b, "<message from='x@%s' to='y@%s' id='%s'><body>across</body></message>", known[i+1], known[1+(i+1)%names], id)
					}
					p.Send(b.String())
				}
				var b strings.Builder
				for n := range each * names {
					fmt.Fprintf(&b, "<message from='y@%s' to='x@%s' id='d%d-%d'><body>down</body></message>", known[0], known[1+n%names], round, n)
				}
				_ = far.TrySend(b.String()) // the server may be away
				i := round % names
				switch round % 3 {
				case 0:
					near[i].Reset()
					near[i] = xmpptest.DialWhenFree(t, a.Addr(), known[i+1], secret)
				case 1: // somebody takes its place
					near[i] = dial(t, a.Weir, known[i+1])
				}
				if round%3 != 2 {
					near[i].Collect()
				}
				if round == rounds/2 {
					server.Kill()
				}
				if round == rounds/2+2 {
					server.Start()
					far = xmpptest.DialLoosely(t, server.Components, known[0], upstreamPass)
					far.Collect()
				}
				time.Sleep(100 * time.Millisecond)
			}
			last := settled(t, a)
			t.Logf("%v", last)
			if want := rounds * names * each * 2; last["received"] < want {
				t.Errorf("%d stanzas came in, want at least %d", last["received"], want)
			}
		})
	}
}

// TestUpstreamReloadBooksAddUp: servers come, go, change places and secrets with every reload, in the middle of traffic both
// ways; components come and go, too. No stream ends for it, and weir can say of each stanza what became of it.
func TestUpstreamReloadBooksAddUp(t *testing.T) {
	const rounds, names, each = 24, 4, 50
	one, two := behind(t), behind(t)
	up := func(name string, w *xmpptest.Weir, domain, more string) string {
		return upstream(name, w.Addr(), domain, more)
	}
	wrong := func(config string) string { return strings.ReplaceAll(config, upstreamPass, "not-"+upstreamPass) }
	const own = "conflict_behaviour = \"kick_old\"\n"
	configs := []string{
		up("one", one, "*", "") + up("two", two, "*", ""),
		up("two", two, "*", "") + up("one", one, "*", "linger = \"3s\""),
		up("one", one, "*", "share = \"spread\"") + up("two", two, "*", "share = \"spread\""),
		up("one", one, "one.example", "") + up("two", two, "*", "components = [\"c0.example\", \"c1.example\"]"),
		wrong(up("one", one, "*", "")),
		"",
		up("two", one, "*", "park_bytes = 2000") + up("one", two, "one.example", ""), // each in the other's place
		up("one", one, "*", "park_time = \"0s\"\nlinger = \"0s\""),
	}
	a := administer(t, listener+own+configs[0])
	far := xmpptest.Dial(t, one.Addr(), "far.one.example", upstreamPass)
	far2 := xmpptest.Dial(t, two.Addr(), "far.two.example", upstreamPass)
	far.Collect()
	far2.Collect()
	var near []*xmpptest.Peer
	for i := range names {
		near = append(near, dial(t, a.Weir, fmt.Sprintf("c%d.example", i)))
		near[i].Collect()
	}
	for round := range rounds {
		for i, p := range near {
			var b strings.Builder
			for n := range each {
				for _, to := range []string{"far.one.example", "far.two.example"} {
					fmt.Fprintf(&b, "<message from='x@c%d.example' to='y@%s' id='%d-%d'><body>up</body></message>", i, to, round, n)
				}
			}
			p.Send(b.String())
		}
		for _, p := range []*xmpptest.Peer{far, far2} {
			var b strings.Builder
			for n := range each * names {
				fmt.Fprintf(&b, "<message from='y@%s' to='x@c%d.example' id='d%d-%d'><body>down</body></message>", p.Name, n%names, round, n)
			}
			p.Send(b.String())
		}
		seen := len(a.Log())
		a.WriteConfig(a.section() + listener + own + configs[(round*5+3)%len(configs)])
		a.Signal(syscall.SIGHUP)
		if round%4 == 1 { // somebody takes its place meanwhile
			i := round / 4 % names
			near[i] = dial(t, a.Weir, fmt.Sprintf("c%d.example", i))
			near[i].Collect()
		}
		a.WaitLogSince(seen, "configuration reloaded")
	}
	a.WriteConfig(a.section() + listener + own + configs[0])
	a.Signal(syscall.SIGHUP)
	last := settled(t, a)
	t.Logf("%v", last)
	if want := rounds * names * each * 2; last["received"] < want {
		t.Errorf("%d stanzas came in, want at least %d", last["received"], want)
	}
	if n := strings.Count(a.Log(), "component left"); n != rounds/4 { // those that were replaced
		t.Errorf("%d components have left, want %d", n, rounds/4)
	}
	// All is as at first: a new component's stanza reaches the first server.
	probe := dial(t, a.Weir, "probe.example")
	end := xmpptest.Dial(t, one.Addr(), "end.one.example", upstreamPass)
	a.WaitLog(`upstream link is up[^\n]*"component":"probe.example","upstream":"one"`)
	time.Sleep(time.Second) // if the other came first, it is not taken any more
	chat(probe, end, "still here")
}

// settled waits until nothing is under way any more and all is accounted for.
func settled(t *testing.T, a *administered) (last map[string]int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		last = books(a)
		if last["received"] == last["delivered"]+last["answered"]+last["served"]+last["dropped"] && last["parked"] == 0 {
			return last
		}
		if time.Now().After(deadline) {
			t.Fatalf("the books do not add up: %v", last)
		}
	}
}
