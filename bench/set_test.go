// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/bench"
)

func TestSetReadsBack(t *testing.T) {
	one := &bench.Result{Format: 1, Scenario: "forward", Server: "a", Sent: 7}
	two := &bench.Result{Format: 1, Scenario: "idle", Server: "b"}
	dir := t.TempDir()
	set := &bench.Set{Servers: []bench.Server{{Name: "a"}, {Name: "b"}}, Runs: []*bench.Result{one, two}}
	whole, lone := filepath.Join(dir, "set.json"), filepath.Join(dir, "one.json")
	if err := set.WriteFile(whole); err != nil {
		t.Fatal(err)
	}
	if err := one.WriteFile(lone); err != nil {
		t.Fatal(err)
	}
	got, err := bench.Read(whole)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(set, got); diff != "" {
		t.Error(diff)
	}
	got, err = bench.Read(lone)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*bench.Result{one}, got.Runs); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "no results"},
		{"{", "unexpected EOF"},
		{`{"format":99}`, "format 99; this tool reads format 1"},
		{`{"format":1,"sent":"x"}`, "cannot unmarshal"},
	} {
		path := filepath.Join(t.TempDir(), "r.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := bench.Read(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

func TestHeadline(t *testing.T) {
	for want, r := range map[string]*bench.Result{
		"stanzas/s 1,234,567; server CPU s per million 0.25; errors 0": {
			Scenario: "forward", PerSecond: 1234567, ServerUse: &bench.Use{PerMillion: 0.25}},
		"all are back after 250.0 ms; good p99 before 0.0 us; good p99 meanwhile 2000 us; errors 0; missed: a line": {
			Scenario: "storm", Storm: &bench.Storm{Back: 0.25, During: bench.Stretch{P99: 2e6}}, Checks: []bench.Check{{What: "a line"}}},
		"errors 2: 2 lost": {Scenario: "restart", Errors: bench.Errors{Lost: 2}},
	} {
		if got := r.Headline(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// The first server's figures by the others': in the same round, the median of all.
func TestRatios(t *testing.T) {
	set := &bench.Set{Servers: []bench.Server{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	for _, rates := range [][2]float64{{300, 100}, {800, 200}, {50, 10}} {
		set.Runs = append(set.Runs,
			&bench.Result{Scenario: "forward", Title: "x", Server: "a", PerSecond: rates[0]},
			&bench.Result{Scenario: "forward", Title: "x", Server: "b", PerSecond: rates[1]})
	}
	set.Runs = append(set.Runs, &bench.Result{Scenario: "forward", Title: "x", Server: "c", Failed: "it did"})
	others, lines := set.Ratios()
	want := []bench.Line{{Title: "x", Figure: "stanzas/s", Cells: []string{"4 ±25 %", "-"}}}
	if diff := cmp.Diff(want, lines); diff != "" || len(others) != 2 {
		t.Errorf("%v: %s", others, diff)
	}
}

// A table says how far the rounds were apart, and that a ratio is of runs with errors.
func TestTablesHaveSpreadAndErrors(t *testing.T) {
	set := &bench.Set{Servers: []bench.Server{{Name: "a"}, {Name: "b"}}}
	for i, rates := range [][2]float64{{1100, 100}, {900, 100}} {
		set.Runs = append(set.Runs,
			&bench.Result{Scenario: "forward", Title: "x", Server: "a", PerSecond: rates[0]},
			&bench.Result{Scenario: "forward", Title: "x", Server: "b", PerSecond: rates[1], Errors: bench.Errors{Lost: uint64(i)}})
	}
	want := []bench.Line{{Title: "x", Figure: "stanzas/s", Cells: []string{"1,000 ±10 %", "100 ±0 % (errors)"}}}
	if diff := cmp.Diff(want, set.Compare()[:1]); diff != "" {
		t.Error(diff)
	}
	_, ratios := set.Ratios()
	if len(ratios) != 1 || ratios[0].Cells[0] != "10 ±10 % (errors)" {
		t.Errorf("%+v", ratios)
	}
	if s := bench.Spread([]float64{5}); s != "" {
		t.Errorf("one round has a spread of %q", s)
	}
}
