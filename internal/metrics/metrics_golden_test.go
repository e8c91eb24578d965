// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"weir/engine"
	"weir/internal/operator"
	"weir/internal/session"
	"weir/internal/stanza"
)

var update = flag.Bool("update", false, "write testdata anew")

// busy is a sample in which everything has a value.
func busy() *Sample {
	return &Sample{
		Version: "1.2.3", Commit: "abc", Go: "go1", Driver: "epoll", Started: time.Unix(1000, 0), Ready: true,
		Loops: []operator.LoopSample{
			{ID: 0, Connections: 3, Engine: engine.Counters{BytesIn: 1 << 60, Delivered: 3, Busy: 2_500_000_000, Batches: [engine.BatchClasses]int64{5, 2, engine.BatchClasses - 1: 1}}, Lag: time.Millisecond,
				Session: session.Counters{Received: [stanza.Kinds]int64{stanza.Message: 3}, Refused: session.Reasons{"bad-request": 1}, Ended: session.Reasons{"peer-closed": 2}}},
			{ID: 1, Engine: engine.Counters{BytesIn: 1, Delivered: 4},
				Session: session.Counters{Received: [stanza.Kinds]int64{stanza.Message: 4, stanza.IQError: 5}, Refused: session.Reasons{"bad-request": 6}, ShaperDelay: 1_500_000_000}},
		},
		Listeners:    []Listener{{"127.0.0.1:8888", 2, 10}, {"[::1]:8888", 1, 0}},
		Components:   []operator.Card{{ID: 1, Name: "a.example", Tally: engine.Tally{BytesIn: 10, UnitsIn: 2, Queued: 7}}, {ID: 2, Name: "b", Subdomain: true, Tally: engine.Tally{Queued: 9}, Behind: 3 * time.Second}},
		Names:        3,
		Handshakes:   engine.HandshakeCount{Made: 4, Late: 1, Started: 2, Queued: 1},
		Servers:      []Server{{"prosody", 5, 2, 1, 7, 3}},
		ParkedBytes:  4096,
		OldestParked: 1500 * time.Millisecond,
		Connections:  session.Reasons{"denied": 3},
		Cluster:      &Cluster{Node: "aaaaaaaaaa", Valid: true, LeaseLeft: 2500 * time.Millisecond, Nodes: []Node{{Name: "aaaaaaaaaa", Self: true}, {Name: "bbbbbbbbbb", Away: true, Queued: 7}}, Claimed: 3, Unknown: 4},
		LogLost:      1, LogOmitted: 2,
		Certificates: []Certificate{{"127.0.0.1:8888", "cert.pem", time.Unix(5000, 0)}},
		Links:        []Link{{Component: "a", Upstream: "prosody", State: "up"}, {Component: "b", Upstream: "prosody", State: "up"}, {Upstream: "prosody", State: "opening"}},
	}
}

func written(s *Sample) string {
	names := NewNames()
	names.Add(s, time.Unix(2000, 0))
	var out bytes.Buffer
	Write(&out, s, names)
	return out.String()
}

// The names and types are a promise: operators' rules hold them.
func TestFamiliesGolden(t *testing.T) {
	var got strings.Builder
	for line := range strings.Lines(written(busy())) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			got.WriteString(rest)
		}
	}
	const golden = "testdata/families.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("families (-committed +code); a name that goes is a breaking change, see CHANGELOG.md:\n%s", d)
	}
}

// Prometheus' own linter and parser have nothing to say.
func TestLint(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(written(busy()))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if problems, err := promlint.New(strings.NewReader("# TYPE a_total gauge\na_total 1\n")).Lint(); err != nil || len(problems) == 0 {
		t.Errorf("the linter finds nothing wrong in a bad family: %v", err)
	}
}

func TestValues(t *testing.T) {
	text := written(busy())
	for _, line := range []string{
		`weir_stanzas_received_total{kind="message",error="false"} 7`,
		`weir_stanzas_received_total{kind="iq",error="true"} 5`,
		`weir_stanzas_received_total{kind="other",error="false"} 0`,
		`weir_stanzas_delivered_total 7`,
		`weir_stanzas_answered_total{reason="bad-request"} 7`,
		`weir_streams_ended_total{reason="peer-closed"} 2`,
		`weir_received_bytes_total 1152921504606846977`,
		`weir_listener_connections{listener="[::1]:8888"} 1`,
		`weir_listener_connections_limit{listener="127.0.0.1:8888"} 10`,
		`weir_queue_bytes 16`,
		`weir_queue_largest_bytes 9`,
		`weir_shaper_delay_seconds_total 1.5`,
		`weir_loop_connections{loop="0"} 3`,
		`weir_loop_busy_seconds_total{loop="0"} 2.5`,
		`weir_loop_lag_seconds{loop="0"} 0.001`,
		`weir_component_stanzas_received_total{component="a.example"} 2`,
		`weir_component_queue_bytes{component="b.*"} 9`,
		`weir_component_streams{component="other"} 0`,
		`weir_tls_certificate_expiry_timestamp_seconds{listener="127.0.0.1:8888",file="cert.pem"} 5000`,
		`weir_upstream_links{upstream="prosody",state="up"} 2`,
		`weir_upstream_links_opened_total{upstream="prosody"} 5`,
		`weir_upstream_links_broken_total{upstream="prosody"} 2`,
		`weir_upstream_links_faulted_total{upstream="prosody"} 3`,
		`weir_upstream_links_refused_total{upstream="prosody"} 1`,
		`weir_upstream_connect_failures_total{upstream="prosody"} 7`,
		`weir_connections_refused_total{reason="denied"} 3`,
		`weir_tls_handshakes_total{outcome="late"} 1`,
		`weir_tls_handshakes 3`,
		`weir_queue_behind_seconds 3`,
		`weir_parked_bytes 4096`,
		`weir_parked_oldest_seconds 1.5`,
		`weir_component_behind_seconds{component="b.*"} 3`,
		`weir_component_behind_seconds{component="a.example"} 0`,
		`weir_loop_batch_seconds_bucket{loop="0",le="6.5535e-05"} 5`,
		`weir_loop_batch_seconds_bucket{loop="0",le="0.000131071"} 7`,
		`weir_loop_batch_seconds_bucket{loop="0",le="+Inf"} 8`,
		`weir_loop_batch_seconds_sum{loop="0"} 2.5`,
		`weir_loop_batch_seconds_count{loop="0"} 8`,
		`weir_log_lines_lost_total 1`,
		`weir_log_lines_omitted_total 2`,
		`weir_upstream_links{upstream="prosody",state="opening"} 1`,
		`weir_cluster_lease_valid 1`,
		`weir_cluster_lease_left_seconds 2.5`,
		`weir_cluster_nodes 2`,
		`weir_cluster_node_away{node="bbbbbbbbbb"} 1`,
		`weir_cluster_node_queue_bytes{node="bbbbbbbbbb"} 7`,
		`weir_cluster_claims_total{outcome="given"} 3`,
		`weir_cluster_unknown_total 4`,
		`weir_start_time_seconds 1000`,
		`weir_ready 1`,
		`weir_build_info{version="1.2.3",commit="abc",go="go1",driver="epoll"} 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	if strings.Contains(text, `limit{listener="[::1]:8888"`) {
		t.Error("a listener without a limit shows one")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestLabelsAreEscaped(t *testing.T) {
	if got, want := labelled([]string{"a", "x\"\\\ny", "b", "z"}), `{a="x\"\\\ny",b="z"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What the kernel tells is there.
func TestThisProcess(t *testing.T) {
	p := thisProcess()
	if p.cpu <= 0 || p.resident < 1<<20 || p.heap <= 0 || p.goroutines < 1 || p.files < 3 || p.filesMax < p.files {
		t.Errorf("%+v", p)
	}
}
