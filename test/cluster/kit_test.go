// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/internal/cluster/natsd/natsdtest"
	"weir/internal/xmpptest"
)

func TestMain(m *testing.M) { os.Exit(xmpptest.Main(m)) }

const secret = "mill-race-7Q2f"

const listener = `
[[listen.component]]
port = 0
ip_address = "127.0.0.1"
password = "` + secret + `"
`

// patience bounds each wait.
const patience = 60 * time.Second

// long keeps a test for make cluster-test: starting three nodes takes some ten
// seconds, and waiting for a lease to end as many.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("WEIR_CLUSTER") == "" {
		t.Skip("make cluster-test runs it")
	}
}

// nodeName is the name of the i-th node of a test.
func nodeName(i int) string { return strings.Repeat(string(rune('a'+i)), 10) }

// fastLease has leases end soon enough for a test to wait for it.
const fastLease = `
lease_ttl = "6s"
lease_refresh = "500ms"
lease_margin = "1s"
`

// embedded is the configuration of the i-th of some nodes; more are further keys of
// [cluster].
func embedded(i int, peers []string, more string) string {
	quoted := make([]string, len(peers))
	for k, p := range peers {
		quoted[k] = fmt.Sprintf("%q", p)
	}
	return fmt.Sprintf("[cluster]\nmode = \"embedded\"\nnode = %q\nlisten = %q\npeers = [%s]\n%s\n",
		nodeName(i), peers[i], strings.Join(quoted, ", "), more)
}

// nodes starts n nodes with embedded servers. keys are further keys of [cluster],
// and rest is the rest of the file.
func nodes(t testing.TB, n int, keys, rest string) []*xmpptest.Weir {
	t.Helper()
	peers := natsdtest.Ports(t, n)
	all := make([]*xmpptest.Weir, n)
	for i := range all {
		all[i] = xmpptest.StartWeir(t, embedded(i, peers, keys)+rest)
	}
	for _, w := range all {
		w.WaitLog("this node is in the cluster")
	}
	return all
}

// dial logs a component in at a node.
func dial(t testing.TB, w *xmpptest.Weir, name string) *xmpptest.Peer {
	t.Helper()
	return xmpptest.Dial(t, w.Addr(), name, secret)
}

// reached numbers the messages of reach: what comes late must not be taken for another one.
var reached atomic.Int64

// reach sends a message again and again until one comes: a node may know a moment
// later than another what is served there. It ends with the one sent last. Errors on
// either side are passed over, and earlier ones whose fate was not known.
func reach(t testing.TB, from, to *xmpptest.Peer, fromName, toName string) {
	t.Helper()
	for end := time.Now().Add(2 * patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		id := fmt.Sprintf("id='reach%d'", reached.Add(1))
		from.Send(fmt.Sprintf("<message from='%s' to='%s' %s/>", fromName, toName, id))
		for answered := false; !answered && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if to.Received() {
				switch got := next(to); {
				case strings.Contains(got, "type='error'"):
				case strings.Contains(got, id):
					return
				case !strings.Contains(got, "id='reach"):
					t.Fatalf("%s has received %s", toName, got)
				}
			}
			answered = from.Received() && strings.Contains(next(from), id)
		}
	}
	t.Fatalf("%s is not reached from %s", toName, fromName)
}

// next is the next stanza.
func next(p *xmpptest.Peer) string {
	return p.ExpectMatch(`<(?:iq|message|presence) [^>]*?(?:/>|>.*?</(?:iq|message|presence)>)`)[0]
}

// expectError receives errors until that for the stanza with an ID has come: others
// may be for what was delivered and not acknowledged.
func expectError(p *xmpptest.Peer, id string) {
	for p.ExpectMatch(`<(?:iq|message|presence) [^>]*?id='(\w+)' type='error'>.*?</(?:iq|message|presence)>`)[1] != id {
	}
}
