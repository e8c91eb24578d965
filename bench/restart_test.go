// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"testing"
	"time"

	"weir/bench/client"
)

// A restart after which all are connected and one flow delivers nothing is not over,
// however close to its limit it was looked at last.
func TestRestartIsWholeOnlyOnceSeen(t *testing.T) {
	lines := Lines{Keep: 0.5, Within: 30 * time.Second}
	for name, last := range map[string]client.Progress{
		"whole": {Up: 4}, "a flow is silent": {Up: 4, Cut: 1}, "a connection is missing": {Up: 3},
	} {
		w := restartWatch{connections: 4}
		w.over(time.Second, client.Progress{Up: 2, Cut: 2})
		w.over(lines.Within-time.Millisecond, last)
		w.after = last
		var r Result
		r.Restart = w.restart(Restarter{}, client.NewTotals())
		r.Restart.Before.PerSecond, r.Restart.After.PerSecond = 100, 100
		r.judgeRestart(lines, client.NewTotals())
		if want := name == "whole"; r.Passed() != want {
			t.Errorf("%s: passed %v: %+v", name, r.Passed(), r.Checks)
		}
	}
}
