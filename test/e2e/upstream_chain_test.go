// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// behind is a weir that plays the server for another one.
func behind(t *testing.T) *xmpptest.Weir {
	t.Helper()
	return xmpptest.StartWeir(t, strings.Replace(listener, secret, upstreamPass, 1)+"max_connections = \"infinity\"\n")
}

// TestUpstreamWeirBehindWeir: one weir as the other's server.
func TestUpstreamWeirBehindWeir(t *testing.T) {
	back := behind(t)
	w := xmpptest.StartWeir(t, listener+upstream("back", back.Addr(), "*", ""))
	far := xmpptest.Dial(t, back.Addr(), "far.example", upstreamPass)
	near := dial(t, w, "near.example")
	chat(near, far, "over two")
	chat(far, near, "and back")
	far.End()
	near.Send("<message from='near.example' to='far.example' id='1'/>")
	near.Expect(xmpptest.StanzaError("message", "far.example", "near.example", "1", "cancel", "remote-server-not-found"))
}

// TestUpstreamManyNames: a thousand names at two servers are there within seconds and cost little.
func TestUpstreamManyNames(t *testing.T) {
	if testing.Short() {
		t.Skip("opens thousands of connections")
	}
	const names, servers, within, linkBytes = 1000, 2, 5 * time.Second, 4 << 10
	one, two := behind(t), behind(t)
	const many = listener + "max_connections = \"infinity\"\n"
	w := administer(t, many+upstream("one", one.Addr(), "one.example", "")+upstream("two", two.Addr(), "two.example", ""))
	plain := administer(t, many)
	for i := range names {
		dial(t, plain.Weir, fmt.Sprintf("c%d.example", i))
	}
	start := time.Now()
	for i := range names {
		dial(t, w.Weir, fmt.Sprintf("c%d.example", i))
	}
	joined := time.Since(start)
	for deadline := start.Add(10 * within); linksUp(w) < names*servers; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d links are up after %v", linksUp(w), names*servers, time.Since(start))
		}
	}
	took := time.Since(start)
	linksUp(plain) // asking costs memory too
	each := (rss(t, w.PID()) - rss(t, plain.PID())) / (names * servers)
	t.Logf("%d components in %v, their %d links in %v; %d bytes for each link", names, joined, names*servers, took, each)
	if took > within+joined {
		t.Errorf("the links took %v, want %v", took, within)
	}
	if each > linkBytes && !isRaceBuild() { // which needs ten times the memory
		t.Errorf("%d bytes for each link, want at most %d", each, linkBytes)
	}
}

var upLinks = regexp.MustCompile(`(?m)^weir_upstream_links\{[^}]*state="up"[^}]*\} (\d+)$`)

// linksUp is how many links to servers are up.
func linksUp(a *administered) (n int) {
	for _, m := range upLinks.FindAllStringSubmatch(a.get("/metrics"), -1) {
		one, err := strconv.Atoi(m[1])
		if err != nil {
			a.t.Fatal(err)
		}
		n += one
	}
	return n
}

func isRaceBuild() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// rss is a process's resident memory in bytes.
func rss(t *testing.T, pid int) int {
	t.Helper()
	for line := range strings.Lines(readFile(t, "/proc/"+strconv.Itoa(pid)+"/status")) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.Fields(kib)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal(os.ErrNotExist)
	return 0
}

// TestUpstreamDrain: while weir says goodbye over a window, a component whose turn has not come still reaches the server.
func TestUpstreamDrain(t *testing.T) {
	t.Parallel()
	back := behind(t)
	far := xmpptest.Dial(t, back.Addr(), "far.example", upstreamPass)
	w := xmpptest.StartWeir(t, "[engine]\nloops = 1\ndrain_window = \"4s\"\n"+listener+upstream("back", back.Addr(), "*", ""))
	near := dial(t, w, "near.example")
	chat(near, far, "before")
	w.Signal(syscall.SIGTERM)
	w.WaitLog("saying goodbye")
	time.Sleep(2500 * time.Millisecond) // the link would have had its turn, were it a component
	chat(near, far, "while")
	near.ExpectStreamErrorWithText("system-shutdown")
	if status := w.Wait(); status != 0 {
		t.Errorf("weir ended with %d", status)
	}
}
