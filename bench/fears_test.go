// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/benchtest"
	"weir/bench/hostile"
)

// fear runs one of the scenarios with pass lines against a server with a fault.
func fear(t *testing.T, name string, fault benchtest.Fault, change func(*rig)) *bench.Result {
	t.Helper()
	g, err := newRig(fault)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.server.Close() })
	if change != nil {
		change(g)
	}
	r, err := everything[name](t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// longer is how long a run may be until it shows what it is to show: a busy machine gets to less.
var longer = []time.Duration{time.Second, 4 * time.Second, 16 * time.Second}

// failed says whether a line failed that begins so.
func failed(r *bench.Result, what string) bool {
	for _, c := range r.Checks {
		if strings.HasPrefix(c.What, what) && !c.Pass {
			return true
		}
	}
	return false
}

func TestStormIsMeasured(t *testing.T) {
	t.Parallel()
	var s *bench.Storm
	for _, d := range longer {
		s = fear(t, "storm", benchtest.None, func(g *rig) { g.o.Duration = d }).Storm
		if s.Before.PerSecond > 0 && s.During.PerSecond > 0 { // there was time for both
			break
		}
	}
	if s.Components != 20 || s.Missing != 0 || s.Back <= 0 || s.Away == nil || s.Away.Count != 20 || s.Before.PerSecond == 0 || s.During.PerSecond == 0 {
		t.Errorf("%+v, away %+v", s, s.Away)
	}
}

// A server that does not let go of a name keeps components out for good.
func TestStormFindsWhoCannotComeBack(t *testing.T) {
	t.Parallel()
	g, err := newRig(benchtest.Haunt)
	if err != nil {
		t.Fatal(err)
	}
	defer g.server.Close()
	g.o.Lines.Within, g.o.Duration, g.o.DrainTimeout = 2*time.Second, 300*time.Millisecond, time.Second
	r, err := bench.Reconnect(t.Context(), g.o, 20, bench.Quiet{})
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Storm; s.Missing != 20 || s.Retries == 0 || !failed(r, "all 20 are back") {
		t.Errorf("%+v, checks %+v", s, r.Checks)
	}
}

func TestRestartIsMeasured(t *testing.T) {
	t.Parallel()
	var r *bench.Result
	for _, d := range longer {
		r = fear(t, "restart", benchtest.None, func(g *rig) { g.o.Duration = d })
		if r.Restart.After.PerSecond > 0 { // there was time for what comes after
			break
		}
	}
	s := r.Restart
	if s.Cut != 6 || s.Missing != 0 || s.Whole <= 0 || s.Silence <= 0 || s.Lost > 3*16 || s.After.PerSecond == 0 {
		t.Errorf("%+v", s)
	}
	if r.Errors.Sum() != 0 {
		t.Errorf("errors %v %q", r.Errors, r.Notes)
	}
}

// A server that lets nobody in after its restart fails.
func TestRestartThatIsNone(t *testing.T) {
	t.Parallel()
	r := fear(t, "restart", benchtest.None, func(g *rig) {
		g.fault = benchtest.Refuse // after the restart
		g.o.Lines.Within, g.o.DrainTimeout = 2*time.Second, time.Second
	})
	if s := r.Restart; s.Missing != 6 || s.Retries == 0 || r.Passed() {
		t.Errorf("%+v, checks %+v", s, r.Checks)
	}
}

func TestHostileIsMeasured(t *testing.T) {
	t.Parallel()
	var h *bench.Hostile
	for _, d := range longer {
		h = fear(t, "hostile", benchtest.None, func(g *rig) { g.o.Duration = d }).Hostile
		if toldOfHostile(h) { // there was time for all of it
			return
		}
	}
	t.Errorf("%+v", h)
}

// toldOfHostile says whether a run has figures of the good pairs, and of each kind of
// stream what a good server makes of it.
func toldOfHostile(h *bench.Hostile) bool {
	told := func(k hostile.Tally) bool {
		switch k.Kind {
		case "half":
			return k.Outcomes[hostile.Left] > 0
		case "secret":
			return k.Conditions["not-authorized"] > 0
		}
		return k.Outcomes[hostile.Ended] > 0
	}
	return h.Streams > 0 && len(h.Kinds) > 0 && h.Before.PerSecond > 0 && h.During.PerSecond > 0 &&
		!slices.ContainsFunc(h.Kinds, func(k hostile.Tally) bool { return !told(k) })
}

// What is malformed must not reach a good component, and must not cost it its
// connection.
func TestHostileFindsWhoBelievesIt(t *testing.T) {
	t.Parallel()
	found := func(fault benchtest.Fault, in func(bench.Errors) uint64) bool {
		return slices.ContainsFunc(longer, func(d time.Duration) bool {
			return in(fear(t, "hostile", fault, func(g *rig) { g.o.Duration = d }).Errors) > 0
		})
	}
	if !found(benchtest.Gullible, func(e bench.Errors) uint64 { return e.Unknown + e.Altered + e.Broken }) {
		t.Error("gullible: no errors")
	}
	if !found(benchtest.Fragile, func(e bench.Errors) uint64 { return e.Broken }) {
		t.Error("fragile: no errors")
	}
}

// A good connection that a server cuts during a storm comes back as the crowd does,
// and is an error all the same: nothing was to happen to it.
func TestStormFindsWhoCutsTheGood(t *testing.T) {
	t.Parallel()
	r := fear(t, "storm", benchtest.Close, func(g *rig) { g.o.Prove, g.o.DrainTimeout = false, 700*time.Millisecond })
	if r.Errors.Broken == 0 || r.Passed() {
		t.Errorf("errors %v %q, checks %+v", r.Errors, r.Notes, r.Checks)
	}
}
