// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
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
			var last map[string]int
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
				last = books(a)
				if last["received"] == last["delivered"]+last["answered"]+last["served"]+last["dropped"] && last["parked"] == 0 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("the books do not add up: %v", last)
				}
			}
			t.Logf("%v", last)
			if want := rounds * names * each * 2; last["received"] < want {
				t.Errorf("%d stanzas came in, want at least %d", last["received"], want)
			}
		})
	}
}
