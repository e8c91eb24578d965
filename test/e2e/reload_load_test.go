// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReloadUnderLoad: while stanzas flow, a hundred reloads change everything that a reload can change; none is lost, doubled,
// altered or out of order, which weirload checks, and nobody is thrown out. What it does to the p99 is printed.
func TestReloadUnderLoad(t *testing.T) {
	const reloads = 100
	fixed := fixed(t, listener)
	a := administer(t, fixed)
	admin, _, _ := strings.Cut(a.Config(), "\n[[listen")
	configs := []string{
		"[general]\nhosts = [\"one.host.example\"]\n" + fixed + "max_connections = 500\n",
		"[engine]\nqueue_low_bytes = 65536\nstall_timeout = \"20s\"\nanswer_rate = 500\n[general]\nhosts = [\"two.host.example\"]\nloglevel = \"debug\"\n" +
			"[acl]\nall_of_them = [{server_glob = \"*\"}]\n[access]\ncomponent = [{acl = \"all_of_them\", value = \"allow\"}]\n" +
			fixed + "passwords = [\"another\"]\naccess = \"component\"\nreuse_port = true\nmax_auth_failures = 9\n" + listener,
		"[shaper.wide]\nmax_rate = 1000000000\n" + fixed + "shaper = \"wide\"\nconflict_behaviour = \"kick_old\"\nmax_stanza_size = 100000\nbacklog = 77\n",
	}
	load := func() func() loadResult {
		return startLoad(t, a.Weir, "latency", "-pairs", "8", "-rate", "2000", "-size", "400", "-warmup", "500ms", "-duration", "5s")
	}
	quiet := load()()
	before := strings.Count(a.Log(), `"component connected"`)
	wait := load()
	waitFor(t, "the load's components", func() bool { return strings.Count(a.Log(), `"component connected"`) == 2*before })
	for i := range reloads {
		a.WriteConfig(admin + "\n" + configs[i%len(configs)])
		a.Signal(syscall.SIGHUP)
		waitFor(t, "a reload", func() bool { return strings.Count(a.Log(), `"configuration reloaded"`) > i })
		time.Sleep(20 * time.Millisecond) // so that they fall into the whole of the traffic
	}
	loud := wait()
	t.Logf("p99 %v, %v while weir is reloaded %d times", time.Duration(quiet.Latency.P99), time.Duration(loud.Latency.P99), reloads)
	if strings.Contains(a.Log(), "not reloaded") {
		t.Error("a reload was refused")
	}
	if loud.PerSecond == 0 {
		t.Error("nothing has flowed")
	}
}
