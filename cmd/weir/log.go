// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"weir/internal/config"
	"weir/internal/logqueue"
)

// logFormat is the value of -log-format.
type logFormat string

const (
	formatAuto logFormat = "" // text on a terminal, JSON otherwise
	formatText logFormat = "text"
	formatJSON logFormat = "json"
)

// String and Set make it a flag.
func (f *logFormat) String() string { return string(*f) }

func (f *logFormat) Set(s string) error {
	switch logFormat(s) {
	case formatText, formatJSON:
		*f = logFormat(s)
		return nil
	}
	return fmt.Errorf("allowed: %s, %s", formatText, formatJSON)
}

// Choices are its words, for help and completion.
func (f *logFormat) Choices() []string { return []string{string(formatText), string(formatJSON)} }

// logFlush is how long the end of weir waits for its last lines to be written.
const logFlush = 2 * time.Second

// logLines are on their way to be written.
type logLines struct {
	limit *logqueue.Limiter
	queue *logqueue.Queue
}

// close writes what is in hand.
func (l logLines) close() {
	l.limit.Tell()
	l.queue.Close(logFlush)
}

// counts are the lines that were not written, and why.
func (l logLines) counts() (lost, omitted int64) { return l.queue.Lost(), l.limit.Omitted() }

// newLog makes a log that no loop ever waits for, and that no flood of events
// fills. What is in hand when weir ends is written by close.
func newLog(f logFormat, level *slog.LevelVar, to *os.File) (*slog.Logger, logLines) {
	options := &slog.HandlerOptions{Level: level}
	handler := func(w io.Writer) slog.Handler {
		if f == formatText || f == formatAuto && isTerminal(to) {
			return slog.NewTextHandler(w, options)
		}
		return slog.NewJSONHandler(w, options)
	}
	lost := func(n int) []byte {
		var line bytes.Buffer
		slog.New(handler(&line)).Error("log lines were lost: they could not be written, or not fast enough", "lines", n)
		return line.Bytes()
	}
	q := logqueue.New(to, lost)
	limit := logqueue.NewLimiter(handler(q))
	return slog.New(limit), logLines{limit, q}
}

// isTerminal asks for what only terminals have.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// remark logs what a configuration says without effect and what is most likely
// not meant: as warnings, because pasted files tend to ask for no less.
func (s *server) remark(c *config.Config) {
	for _, n := range c.Notes {
		s.log.Warn("configuration: without effect", "note", n)
	}
	for _, w := range c.Warnings(s.machine) {
		s.log.Warn("configuration: probably not meant", "warning", w)
	}
}
