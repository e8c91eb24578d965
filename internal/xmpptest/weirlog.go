// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Record is one line of a JSON log: the message under "msg", everything else beside it.
type Record map[string]any

// Text returns the attribute as text, "" when it is absent or not a text.
func (r Record) Text(key string) string {
	s, _ := r[key].(string)
	return s
}

// outputLog collects what a process writes and lets tests wait for a line of it. It is an io.Writer for exec.Cmd and is safe
// for concurrent use.
type outputLog struct {
	mu      sync.Mutex
	data    []byte
	ended   bool
	changed chan struct{} // closed and replaced at each change
}

func newOutputLog() *outputLog { return &outputLog{changed: make(chan struct{})} }

func (l *outputLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.data = append(l.data, b...)
	l.signal()
	return len(b), nil
}

// end says that nothing more will be written: who still waits is told at once.
func (l *outputLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.signal()
}

func (l *outputLog) signal() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *outputLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.data)
}

// wait calls done with the whole output each time it has grown, until done says true. It returns false when the deadline has
// passed or the writer has ended without that.
func (l *outputLog) wait(timeout time.Duration, done func(output string) bool) bool {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for {
		l.mu.Lock()
		output, ended, changed := string(l.data), l.ended, l.changed
		l.mu.Unlock()
		if done(output) {
			return true
		}
		if ended {
			return false
		}
		select {
		case <-changed:
		case <-deadline.C:
			return false
		}
	}
}

// records returns the complete lines of output that are JSON objects, in their order.
func records(output string) []Record {
	var list []Record
	for line := range strings.Lines(output) {
		if !strings.HasSuffix(line, "\n") || !strings.HasPrefix(line, "{") {
			continue
		}
		var r Record
		if json.NewDecoder(bytes.NewReader([]byte(line))).Decode(&r) == nil {
			list = append(list, r)
		}
	}
	return list
}

var secretKey = regexp.MustCompile(`(?m)^\s*(?:password|secret|token)\s*=\s*["']([^"'\n]*)["']`)

// secretsOf returns the values of the secret keys of a configuration text.
func secretsOf(config string) []string {
	var list []string
	for _, m := range secretKey.FindAllStringSubmatch(config, -1) {
		if m[1] != "" {
			list = append(list, m[1])
		}
	}
	return list
}
