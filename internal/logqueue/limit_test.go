// SPDX-License-Identifier: Apache-2.0

package logqueue

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// limited is a log whose lines are kept, and a clock for it.
func limited() (log *slog.Logger, l *Limiter, lines func() []string, pass func(time.Duration)) {
	var mu sync.Mutex
	var out bytes.Buffer
	now := time.Unix(1_000_000, 0)
	l = newLimiter(slog.NewTextHandler(&out, nil), func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	})
	lines = func() []string { return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") }
	pass = func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	return slog.New(l), l, lines, pass
}

func TestLimiter(t *testing.T) {
	log, l, lines, pass := limited()
	for i := range 3 * linesBurst {
		log.With("peer", i).Info("component left", "reason", "drained")
	}
	log.Info("something else")
	if got := lines(); len(got) != linesBurst+1 || !strings.Contains(got[0], "peer=0 reason=drained") || !strings.Contains(got[linesBurst], "something else") {
		t.Fatalf("%d lines, the last %s", len(got), got[len(got)-1])
	}
	pass(time.Second)
	for range 2 * linesRate {
		log.Info("component left")
	}
	l.Tell()
	got := lines()
	want := fmt.Sprintf(`level=WARN msg="log lines left out: too many were alike" like="component left" lines=%d`, 2*linesBurst+linesRate)
	if len(got) != linesBurst+1+linesRate+1 || !strings.HasSuffix(got[len(got)-1], want) {
		t.Errorf("%d lines, the last %s, want %s", len(got), got[len(got)-1], want)
	}
	if l.Omitted() != int64(2*linesBurst+linesRate) {
		t.Errorf("%d are said to be left out", l.Omitted())
	}
	l.Tell()
	if len(lines()) != len(got) {
		t.Error("it is told twice")
	}
	pass(time.Hour)
	for range linesBurst {
		log.Info("component left")
	}
	if n := len(lines()) - len(got); n != linesBurst {
		t.Errorf("after an hour of rest %d of %d lines are written", n, linesBurst)
	}
}

// Who makes up messages fills no memory.
func TestLimiterIsBounded(t *testing.T) {
	log, l, lines, _ := limited()
	for i := range 3 * messagesMax {
		log.Info(fmt.Sprint("message ", i))
	}
	if len(lines()) != 3*messagesMax || len(l.messages) != messagesMax {
		t.Errorf("%d lines, %d messages are kept", len(lines()), len(l.messages))
	}
}
