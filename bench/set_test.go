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
