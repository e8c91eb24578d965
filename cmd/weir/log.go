// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"

	"weir/internal/config"
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

func newLog(f logFormat, level *slog.LevelVar, to *os.File) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if f == formatText || f == formatAuto && isTerminal(to) {
		return slog.New(slog.NewTextHandler(to, options))
	}
	return slog.New(slog.NewJSONHandler(to, options))
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
