// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

// What operators are given names only families that there are.

const (
	dashboard = "../../configs/grafana-dashboard.json"
	alerts    = "../../configs/weir.rules.yml"
	manual    = "../../docs/METRICS.md"
	runbook   = "../../docs/OPERATIONS.md"
)

func text(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// known are the committed families and their types.
func known(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(text(t, "testdata/families.golden")) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[name] = kind
		if kind == histogram {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				all[name+suffix] = counter
			}
		}
	}
	if len(all) < 40 {
		t.Fatalf("only %d families", len(all))
	}
	return all
}

var (
	nameRE = regexp.MustCompile(`\bweir_[a-z_]+`)
	rateRE = regexp.MustCompile(`\b(?:rate|increase)\(\s*(\w+)`)
)

// judge counts the names in an expression and says what is wrong with it.
func judge(expr string, all map[string]string) (names int, wrong []string) {
	for _, name := range nameRE.FindAllString(expr, -1) {
		names++
		if all[name] == "" {
			wrong = append(wrong, name+" is no family")
		}
	}
	for _, m := range rateRE.FindAllStringSubmatch(expr, -1) {
		if all[m[1]] == gauge {
			wrong = append(wrong, "the rate of "+m[1]+", which is a gauge")
		}
	}
	if strings.Count(expr, "(") != strings.Count(expr, ")") || strings.Count(expr, "{") != strings.Count(expr, "}") {
		wrong = append(wrong, "brackets do not match")
	}
	return names, wrong
}

func check(t *testing.T, where, expr string, all map[string]string) (names int) {
	t.Helper()
	names, wrong := judge(expr, all)
	for _, w := range wrong {
		t.Errorf("%s: %s: %s", where, w, expr)
	}
	return names
}

func TestDashboardNamesFamilies(t *testing.T) {
	var d struct {
		Panels []struct {
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(text(t, dashboard)), &d); err != nil {
		t.Fatal(err)
	}
	all, names := known(t), 0
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			names += check(t, "panel "+p.Title, target.Expr, all)
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if taken[at] != "" || at[0] >= 24 {
					t.Errorf("panel %s lies over %q or outside at %v", p.Title, taken[at], at)
				}
				taken[at] = p.Title
			}
		}
	}
	if names < 40 {
		t.Errorf("only %d names", names)
	}
}

func TestAlertsNameFamilies(t *testing.T) {
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalStrict([]byte(text(t, alerts)), &file); err != nil {
		t.Fatal(err)
	}
	all, told, rules := known(t), text(t, runbook), 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			rules++
			check(t, r.Alert, r.Expr, all)
			if r.For == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%s has no duration, severity or summary", r.Alert)
			}
			if !strings.Contains(told, "`"+r.Alert+"`") {
				t.Errorf("OPERATIONS.md does not say what to do about %s", r.Alert)
			}
		}
	}
	if rules < 10 {
		t.Errorf("only %d rules", rules)
	}
}

// The manual has a row for each family, with its type and its words.
func TestManualHasEveryFamily(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `(weir_[a-z_]+)` \\| (\\w+) \\|.*\\| ([^|]+) \\|$")
	rows := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(text(t, manual), -1) {
		rows[m[1]] = m[2:]
	}
	for _, f := range families(NewNames()) {
		got := rows[f.name]
		delete(rows, f.name)
		if len(got) != 2 || got[0] != f.kind || got[1] != f.help {
			t.Errorf("docs/METRICS.md on %s: %q, want %q %q", f.name, got, f.kind, f.help)
		}
	}
	for name := range rows {
		t.Errorf("docs/METRICS.md has %s, which there is not", name)
	}
}

// A check that finds nothing is no check.
func TestJudgeFindsMistakes(t *testing.T) {
	for _, expr := range []string{"weir_nonsense", "rate(weir_queue_bytes[5m])", "sum(weir_streams"} {
		if _, wrong := judge(expr, known(t)); len(wrong) != 1 {
			t.Errorf("%s: %q", expr, wrong)
		}
	}
}
