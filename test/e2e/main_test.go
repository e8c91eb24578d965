// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"flag"
	"os"
	"testing"

	"weir/internal/xmpptest"
)

func TestMain(m *testing.M) {
	if at := os.Getenv(heirVariable); at != "" {
		failAsHeir(at)
	}
	// What waits for a time to go by runs beside others of its kind; what measures, or needs the processors, by itself.
	flag.Parse()
	_ = flag.Set("test.parallel", "4")
	os.Exit(xmpptest.Main(m))
}

// secret is one that no log line holds by chance. It has only characters that every library hashes in the same way.
const secret = "mill-race-7Q2f"

// listener is the smallest component listener; tests append further keys of it, or further sections.
const listener = `
[[listen.component]]
port = 0
ip_address = "127.0.0.1"
password = "` + secret + `"
`

// hosted is a weir that serves two domains of its own.
const hosted = `
[general]
hosts = ["example.com", "example.org"]
` + listener

// dial logs a component in at weir's first listener.
func dial(t *testing.T, w *xmpptest.Weir, name string) *xmpptest.Peer {
	t.Helper()
	return xmpptest.Dial(t, w.Addr(), name, secret)
}
