// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// The tests of this file take long or the whole machine, and judge figures that a busy machine falsifies. They run with
// WEIR_HEAVY=1 (`make heavy`), without the race detector.

func needHeavy(t *testing.T) {
	t.Helper()
	if os.Getenv("WEIR_HEAVY") == "" || raceEnabled {
		t.Skip("SKIPPED: it takes long; WEIR_HEAVY=1 and no race detector run it")
	}
}

// loadResult has the fields of a result of weirload that are looked at here.
type loadResult struct {
	PerSecond float64 `json:"per_second"`
	Timeline  []struct {
		At        float64 `json:"at"`
		PerSecond float64 `json:"per_second"`
	} `json:"timeline"`
	Latency struct {
		P50 int64 `json:"p50"` // ns
		P99 int64 `json:"p99"`
	} `json:"latency"`
	ServerUse struct {
		PerMillion float64 `json:"cpu_seconds_per_million"`
	} `json:"server_use"`
	Idle struct {
		Connections int     `json:"connections"`
		PerConn     float64 `json:"bytes_per_connection"`
		IdleCPU     float64 `json:"idle_cpu"`
	} `json:"idle"`
}

// startLoad runs weirload against a weir; the function it returns waits for its result.
func startLoad(t *testing.T, w *xmpptest.Weir, scenario string, args ...string) (wait func() loadResult) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "result.json")
	args = append([]string{scenario, "-addr", w.Addr(), "-secret", secret, "-pid", strconv.Itoa(w.PID()), "-quiet", "-json", file}, args...)
	cmd := exec.Command(xmpptest.Binary(t, "weirload"), args...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() (r loadResult) {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			t.Fatalf("weirload %s: %v\n%s", strings.Join(args, " "), err, &out)
		}
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// TestIdleMemory: an authenticated component that does nothing costs at most 1.5 KB of resident memory, and no processor time.
func TestIdleMemory(t *testing.T) {
	needHeavy(t)
	const connections, bytesEach = 10_000, 1536
	w := xmpptest.StartWeir(t, listener)
	r := startLoad(t, w, "idle", "-n", strconv.Itoa(connections), "-duration", "5s")()
	t.Logf("%d connections, %.0f bytes each, %.2f %% of a core", r.Idle.Connections, r.Idle.PerConn, r.Idle.IdleCPU*100)
	if r.Idle.Connections != connections || r.Idle.PerConn > bytesEach {
		t.Errorf("%d connections took %.0f bytes each, want at most %d", r.Idle.Connections, r.Idle.PerConn, bytesEach)
	}
	if r.Idle.IdleCPU > 0.02 {
		t.Errorf("idle connections took %.1f %% of a core", r.Idle.IdleCPU*100)
	}
}

// flooded sends 4 KB stanzas to a component that reads nothing, as fast as weir lets it, for some time. It returns when that time is
// over and the stuck component has been closed, with the number of answers that have come.
func flooded(t *testing.T, w *xmpptest.Weir, i int, d time.Duration) {
	t.Helper()
	stuck := xmpptest.Connect(t, w.Addr())
	stuck.ReadSlowly()
	stuck.Open(fmt.Sprintf("stuck%d.example", i))
	stuck.Login(secret)
	p := dial(t, w, fmt.Sprintf("flood%d.example", i))
	p.Collect()
	end := time.Now().Add(d)
	m := sized(t, p.Name, stuck.Name, 4096)
	for time.Now().Before(end) {
		p.Send(m)
	}
	p.Close()
	stuck.Close()
}

// heavyRounds is how often a figure may be missed because the machine had other things to do.
const heavyRounds = 3

// TestStuckReceiverBesideLoad: while a component floods another that does not read, for ten seconds, weir stays below 100 MB, and
// other pairs keep nine tenths of the rate they have before and after.
func TestStuckReceiverBesideLoad(t *testing.T) {
	needHeavy(t)
	const before, during, after = 5 * time.Second, 10 * time.Second, 5 * time.Second
	w := xmpptest.StartWeir(t, listener)
	var share float64
	for i := range heavyRounds {
		wait := startLoad(t, w, "forward", "-pairs", "8", "-window", "32", "-size", "400", "-warmup", "1s",
			"-duration", (before + during + after).String())
		time.Sleep(time.Second + before)
		flooded(t, w, i, during)
		r := wait()
		var quiet, loud, nQuiet, nLoud float64
		for _, p := range r.Timeline {
			switch at := time.Duration(p.At * float64(time.Second)); {
			case at < before-time.Second || at > before+during+time.Second:
				quiet, nQuiet = quiet+p.PerSecond, nQuiet+1
			case at > before+time.Second && at < before+during-time.Second:
				loud, nLoud = loud+p.PerSecond, nLoud+1
			}
		}
		if nQuiet == 0 || nLoud == 0 {
			t.Fatalf("weirload told %d points of its course", len(r.Timeline))
		}
		share = (loud / nLoud) / (quiet / nQuiet)
		most := memoryOf(t, w.PID(), "VmHWM")
		t.Logf("round %d: %.0f stanzas a second, %.0f beside a flood: %.0f %% (%.0f over all); weir held %d MB at its worst", i,
			quiet/nQuiet, loud/nLoud, share*100, r.PerSecond, most/mib)
		if most > 100_000_000 {
			t.Errorf("weir held %d bytes at its worst, want at most 100 MB", most)
		}
		if share >= 0.9 {
			return
		}
	}
	t.Errorf("other pairs kept %.0f %% of their rate, want 90", share*100)
}

// TestStuckReceiverBesideQuietPairs: the p99 of pairs that are far from busy is within twice what it is without the flood.
func TestStuckReceiverBesideQuietPairs(t *testing.T) {
	needHeavy(t)
	w := xmpptest.StartWeir(t, listener)
	latency := func() (wait func() loadResult) {
		return startLoad(t, w, "latency", "-pairs", "8", "-rate", "2000", "-size", "400", "-warmup", "1s", "-duration", "8s")
	}
	var quiet, loud time.Duration
	for i := range heavyRounds {
		quiet = time.Duration(latency()().Latency.P99)
		wait := latency()
		flooded(t, w, i, 10*time.Second)
		loud = time.Duration(wait().Latency.P99)
		t.Logf("round %d: p99 %v, %v beside a flood", i, quiet, loud)
		if loud <= 2*quiet {
			return
		}
	}
	t.Errorf("the p99 is %v beside a flood, %v without, want at most twice that", loud, quiet)
}

// TestManyHalfStanzas: 10,000 components that each hold back half a stanza of 512 KiB would be 2.6 GB; they stay within the budget
// and what a process of that many connections takes.
func TestManyHalfStanzas(t *testing.T) {
	needHeavy(t)
	const many, half, budget = 8000, 200 << 10, 32 << 20
	w := xmpptest.StartWeir(t, fmt.Sprintf("[engine]\ninput_budget_bytes = %d\n", budget)+listener)
	var peers []*xmpptest.Peer
	for i := range many {
		peers = append(peers, dial(t, w, fmt.Sprintf("c%d.example", i)))
	}
	begin := "<message from='c.example' to='c.example'><body>" + strings.Repeat("x", half)
	for _, p := range peers {
		if err := p.TrySend(begin); err != nil {
			t.Fatal(err)
		}
	}
	peers[0].ExpectStreamError("policy-violation")
	if most := memoryOf(t, w.PID(), "VmHWM"); most > 3*budget+many*16<<10 {
		t.Errorf("weir held %d bytes at its worst for a budget of %d", most, budget)
	} else {
		t.Logf("weir held %d MB at its worst for a budget of %d MB", most/mib, budget/mib)
	}
}
