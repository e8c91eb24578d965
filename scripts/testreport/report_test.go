// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

const skipped = `{"Action":"start","Package":"weir/e2e"}
{"Action":"output","Package":"weir/e2e","Test":"TestBiboumi","Output":"=== RUN   TestBiboumi\n"}
{"Action":"output","Package":"weir/e2e","Test":"TestBiboumi","Output":"    need.go:22: no biboumi (Debian package biboumi)\n"}
{"Action":"output","Package":"weir/e2e","Test":"TestBiboumi","Output":"--- SKIP: TestBiboumi (0.00s)\n"}
{"Action":"skip","Package":"weir/e2e","Test":"TestBiboumi","Elapsed":0}
{"Action":"output","Package":"weir/e2e","Output":"PASS\n"}
{"Action":"output","Package":"weir/e2e","Output":"ok  \tweir/e2e\t0.004s\n"}
{"Action":"pass","Package":"weir/e2e","Elapsed":0.004}
`

const failing = `{"Action":"output","Package":"weir/x","Test":"TestA","Output":"    a_test.go:9: got 1\n"}
{"Action":"fail","Package":"weir/x","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"weir/x","Output":"FAIL\n"}
{"Action":"output","Package":"weir/x","Output":"FAIL\tweir/x\t0.010s\n"}
{"Action":"fail","Package":"weir/x","Elapsed":0.01}
`

const notBuilt = `{"ImportPath":"weir/y","Action":"build-output","Output":"y.go:3:1: syntax error\n"}
{"ImportPath":"weir/y","Action":"build-fail"}
`

func TestReport(t *testing.T) {
	tests := []struct {
		name, input string
		status      int
		want        []string // in this order
	}{
		{"a skipped test is named with its reason, before the package's line", skipped, 0,
			[]string{"SKIPPED weir/e2e.TestBiboumi: need.go:22: no biboumi (Debian package biboumi)\n", "ok  \tweir/e2e\t0.004s\n"}},
		{"a failed test is shown and fails the run", failing, 1, []string{"a_test.go:9: got 1\n", "FAIL\tweir/x\t0.010s\n"}},
		{"a build error is shown and fails the run", notBuilt, 1, []string{"y.go:3:1: syntax error\n"}},
		{"lines that are no events are shown", "go: cannot find main module\n", 1, []string{"go: cannot find main module\n"}},
		{"a run of nothing fails", "", 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			if got := run(nil, strings.NewReader(tt.input), &out, &out); got != tt.status {
				t.Errorf("exit status %d, want %d", got, tt.status)
			}
			rest := out.String()
			for _, want := range tt.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("the report\n%s\nlacks %q in its place", out.String(), want)
				}
				rest = after
			}
		})
	}
}
