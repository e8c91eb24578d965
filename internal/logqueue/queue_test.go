// SPDX-License-Identifier: Apache-2.0

package logqueue

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// stuck is a reader that takes nothing until it is let.
type stuck struct {
	let  chan struct{}
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *stuck) Write(b []byte) (int, error) {
	<-s.let
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func words(n int) []byte { return fmt.Appendf(nil, "lost %d\n", n) }

func TestLinesComeInOrder(t *testing.T) {
	out := &stuck{let: make(chan struct{})}
	close(out.let)
	q := New(out, words)
	var want strings.Builder
	for i := range 1000 {
		line := fmt.Sprintf("line %d\n", i)
		want.WriteString(line)
		if n, err := q.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	q.Close(time.Minute)
	if got := out.text.String(); got != want.String() {
		t.Errorf("%d bytes came out, want %d", len(got), want.Len())
	}
}

// A reader that takes nothing stops nobody; what is lost is told.
func TestStuckReaderStopsNobody(t *testing.T) {
	out := &stuck{let: make(chan struct{})}
	q := New(out, words)
	line := []byte(strings.Repeat("x", 1023) + "\n")
	const lines = 3 * bytesMax / 1024
	for range lines {
		_, _ = q.Write(line)
	}
	close(out.let)
	q.Close(time.Minute)
	got := out.text.String()
	kept := strings.Count(got, "x\n")
	i := strings.Index(got, "lost ")
	if i < 0 {
		t.Fatal("nobody is told what was lost")
	}
	var lost int
	if _, err := fmt.Sscanf(got[i:], "lost %d\n", &lost); err != nil || kept+lost != lines || kept < bytesMax/1024 {
		t.Errorf("%d lines kept and %d lost (%v) of %d", kept, lost, err, lines)
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	out := &stuck{let: make(chan struct{})}
	q := New(out, words)
	_, _ = q.Write([]byte("x\n"))
	q.Close(time.Millisecond)
	close(out.let)
	<-q.done
	_, _ = q.Write([]byte("after the end\n"))
	if got := out.text.String(); got != "x\n" {
		t.Errorf("%q", got)
	}
}
