// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"time"

	"weir/bench/client"
)

// lineEvery is how often a plain line is written.
const lineEvery = time.Second

type lineReporter struct {
	w     io.Writer
	stage string
	total time.Duration
	pace  pace
}

func (l *lineReporter) Stage(name string, d time.Duration) {
	l.stage, l.total = name, d
}

func (l *lineReporter) Update(at time.Duration, p client.Progress) {
	switch {
	case at == 0:
		l.pace.begin(counted(p))
	case at-l.pace.at >= lineEvery:
		fmt.Fprintf(l.w, "%s %s  %s\n", l.stage, span(at, l.total), describe(l.pace.rate(at, counted(p)), p))
	}
}

func (l *lineReporter) Done() {}

// span says how far a stage is.
func span(at, total time.Duration) string {
	if total == 0 {
		return fmt.Sprintf("%.0f s", at.Seconds())
	}
	return fmt.Sprintf("%.0f/%.0f s", at.Seconds(), total.Seconds())
}
