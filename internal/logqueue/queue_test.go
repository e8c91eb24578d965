// SPDX-License-Identifier: Apache-2.0

package logqueue

import (
	"bytes"
	"errors"
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

// disk is a file on a disk that may be full.
type disk struct {
	mu   sync.Mutex
	room int
	text []byte
}

func (d *disk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(b), d.room)
	d.room -= n
	d.text = append(d.text, b[:n]...)
	if n < len(b) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

// What cannot be written is counted, and told once there is room again, on a line of
// its own.
func TestFullDisk(t *testing.T) {
	out := &disk{room: len("line 0\nli")}
	q := New(out, words)
	lost := func(want int64) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); q.Lost() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d lines are lost, want %d", q.Lost(), want)
			}
		}
	}
	write := func(line string) {
		if _, err := q.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	write("line 0\nline 1\nline 2\n")
	lost(2)
	write("line 3\n")
	lost(3)
	out.mu.Lock()
	out.room = 1000
	out.mu.Unlock()
	write("line 4\n")
	q.Close(time.Minute)
	if got, want := string(out.text), "line 0\nli\nline 4\nlost 3\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := q.Lost(); got != 3 {
		t.Errorf("%d lines are lost in the end, want 3", got)
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
