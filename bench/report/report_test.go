// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/report"
)

// sample is a set with every scenario, two servers, a failure and an error.
func sample() *bench.Set {
	set := &bench.Set{
		Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Machine: bench.Machine{CPU: "CPU <X>", Cores: 2},
		Servers: []bench.Server{{Name: "weir", Version: "v1", Config: "[a]\nb = \"<script>\"\n"}, {Name: "other", What: "another"}},
	}
	add := func(r bench.Result) { set.Runs = append(set.Runs, &r) }
	for i, server := range []string{"weir", "other"} {
		speed := float64(1e6 / (1 + 99*i))
		curve := &bench.Distribution{P50: 50e3, P99: int64(1e6 * (i + 1)), Curve: steps(10e3, 50e3, 1e6, 9e6)}
		add(bench.Result{Scenario: "forward", Title: "full", Server: server, PerSecond: speed, ServerUse: &bench.Use{PerMillion: 0.5}})
		add(bench.Result{Scenario: "latency", Title: "1k", Server: server, Latency: curve, Params: bench.Params{Rate: 1000}})
		add(bench.Result{Scenario: "latency", Title: "10k", Server: server, Latency: curve, Params: bench.Params{Rate: 10000}})
		add(bench.Result{Scenario: "connect", Title: "connects", Server: server, PerSecond: 1000, Latency: curve, Errors: bench.Errors{Broken: 7}})
		add(bench.Result{Scenario: "storm", Title: "storm", Server: server, Timeline: []bench.Point{{At: 1, Up: 9}, {At: 2, Up: 3}},
			Storm: &bench.Storm{Back: 0.25, Missing: 4 * i, During: bench.Stretch{P99: 3e6}}, Checks: []bench.Check{{What: "all are <back>", Pass: i == 0}}})
		add(bench.Result{Scenario: "restart", Title: "restart", Server: server, Timeline: []bench.Point{{At: 1, PerSecond: 9}, {At: 2, PerSecond: 3}},
			Restart: &bench.Restart{Whole: 1.5, Lost: 12, Before: bench.Stretch{PerSecond: 9}}})
		add(bench.Result{Scenario: "hostile", Title: "hostile", Server: server, Hostile: &bench.Hostile{Before: bench.Stretch{P99: 2e6}, During: bench.Stretch{P99: 7e6}}})
		add(bench.Result{Scenario: "slow", Title: "slow", Server: server, Slow: &bench.Slow{Before: 5}, Timeline: []bench.Point{{At: 1, PerSecond: 5, RSS: 1 << 20}, {At: 2, PerSecond: 6, RSS: 2 << 20}}})
	}
	add(bench.Result{Scenario: "idle", Title: "idle", Server: "weir", Idle: &bench.Idle{RSSBefore: 1, PerConn: 3000}})
	add(bench.Result{Scenario: "idle", Title: "idle", Server: "other", Failed: "it fell over"})
	return set
}

func render(t *testing.T, inputs ...report.Input) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, inputs); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageHasEverything(t *testing.T) {
	page := render(t, report.Input{Name: "a.json", Set: sample()})
	for _, want := range []string{
		"CPU &lt;X&gt;, 2 cores", "Throughput", "1 M", "0.5 CPU s/M", "Latency by percentile", "Latency by rate",
		"Connecting", "errors 7: 7 connections broken", "Memory", "2.93", "A receiver that stops reading",
		"failed", "idle, other: it fell over", "A reconnect storm", "4 are not", "other: missed: all are &lt;back&gt;",
		"A restart under load", "12 lost, 0 answered", "Malformed streams", "before 2 ms", "weir by the others", "b = &#34;&lt;script&gt;&#34;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	// Two latency curves, one by rate, four courses.
	if n := strings.Count(page, "<svg"); n != 7 {
		t.Errorf("%d charts, want 7", n)
	}
}

func TestPageNeedsNothingElse(t *testing.T) {
	page := render(t, report.Input{Name: "a.json", Set: sample()})
	if found := regexp.MustCompile(`https?://|<script|<link|<img|@import|url\(`).FindAllString(page, -1); found != nil {
		t.Errorf("the page reaches out: %q", found)
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
		t.Error("a number is none")
	}
}

func TestSetsSideBySide(t *testing.T) {
	page := render(t, report.Input{Name: "dir/monday.json", Set: sample()}, report.Input{Name: "friday.json", Set: sample()})
	for _, want := range []string{"weir · monday", "weir · friday", "other · friday"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// A lone result, as weirload -json writes it, has no title and perhaps no label.
func TestLoneResult(t *testing.T) {
	r := &bench.Result{Scenario: "forward", PerSecond: 5, Params: bench.Params{Pairs: 3, Size: 180, Window: 64}}
	page := render(t, report.Input{Name: "r.json", Set: &bench.Set{Runs: []*bench.Result{r}}})
	if !strings.Contains(page, "forward, 3 pairs, 180 bytes, window 64") {
		t.Error("the run has no title")
	}
}

// The picture has its theme and the bars that say most, and needs nothing else.
func TestPicture(t *testing.T) {
	for _, theme := range []report.Theme{report.Light, report.Dark} {
		var b bytes.Buffer
		if err := report.Picture(&b, sample(), theme); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`class="` + string(theme) + `"`, "1 M", "KiB a connection", "2 January 2026"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: %q is not in it", theme, want)
			}
		}
	}
	if err := report.Picture(io.Discard, &bench.Set{}, report.Light); err == nil {
		t.Error("a picture of nothing")
	}
}

// The page in a real browser: no message on its console, nothing wider than a
// phone but what scrolls by itself, in light and in dark.
func TestPageInChromium(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: chromium is not installed; apt-get install chromium")
	}
	probe := "<script>document.title = 'wide ' + (document.documentElement.scrollWidth - innerWidth)</script></body>"
	page := strings.Replace(render(t, report.Input{Name: "a.json", Set: sample()}), "</body>", probe, 1)
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{500, 1100} {
		cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu",
			"--enable-logging=stderr", "--user-data-dir="+filepath.Join(dir, "profile"),
			fmt.Sprintf("--window-size=%d,900", width), "--dump-dom", "file://"+path)
		var out, log bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &log
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %s", err, log.String())
		}
		if i := strings.Index(log.String(), "CONSOLE"); i >= 0 {
			t.Errorf("width %d: %.300s", width, log.String()[i:])
		}
		title := regexp.MustCompile(`<title>wide (-?\d+)</title>`).FindStringSubmatch(out.String())
		if title == nil || strings.TrimPrefix(title[1], "-") != "0" && title[1][0] != '-' {
			t.Errorf("width %d: the page is wider than the window: %q", width, title)
		}
	}
}

// steps makes a curve of the percentiles 0, 50, 99 and 100.
func steps(values ...int64) (out []bench.Step) {
	for i, p := range []float64{0, 50, 99, 100} {
		out = append(out, bench.Step{Percentile: p, Value: values[i]})
	}
	return out
}

// Bars show the medians that the table has, not a run of two, and the errors of all.
func TestBarsAreMedians(t *testing.T) {
	set := &bench.Set{Servers: []bench.Server{{Name: "weir"}}}
	for i, speed := range []float64{3e6, 1e6} {
		set.Runs = append(set.Runs, &bench.Result{Scenario: "forward", Title: "full", Server: "weir", PerSecond: speed,
			ServerUse: &bench.Use{PerMillion: speed / 1e7}, Errors: bench.Errors{Lost: uint64(4 * i)}})
	}
	page := render(t, report.Input{Name: "a.json", Set: set})
	for _, want := range []string{"<dd>2 M ", "0.2 CPU s/M", "4 errors", "2,000,000 ±50 % (errors)"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}
