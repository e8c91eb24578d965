// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"path/filepath"
	"slices"
)

// source is a file under reading: what it said wrong, and what it said that
// has no effect.
type source struct {
	file    string // for messages
	dir     string // relative paths in the file start here
	support Support
	lines   lines
	errs    Errors
	notes   []string
	all     []string // Keys, once somebody has asked
}

// keys are all keys that there are.
func (s *source) keys() []string {
	if s.all == nil {
		s.all = Keys()
	}
	return s.all
}

func (s *source) fail(p path, format string, args ...any) {
	s.errs = append(s.errs, Error{File: s.file, Line: s.line(p), Key: p.String(), Text: fmt.Sprintf(format, args...)})
}

// line is where p stands, or the nearest table around it that does; the first
// line for what is missing from the file as a whole.
func (s *source) line(p path) int {
	for ; len(p) > 0; p = p[:len(p)-1] {
		if n := s.lines.at(p); n > 0 {
			return n
		}
	}
	return 1
}

// note says once that a key has no effect.
func (s *source) note(p path, why string) {
	n := p.String() + " " + why
	if !slices.Contains(s.notes, n) {
		s.notes = append(s.notes, n)
	}
}

// resolve makes a path of the file absolute or relative to where we run.
func (s *source) resolve(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

// named is a file's name in a message, with the place where it was looked for.
func (s *source) named(name string) string {
	if at := s.resolve(name); at != filepath.Clean(name) {
		return show(name) + ", which is " + oneLine(at)
	}
	return show(name)
}

// cell is one value of the file, at its place.
type cell struct {
	src  *source
	path path
	v    any // as the TOML library makes it: string, int64, bool, float64, time.Time, a slice or a map
}

func (c cell) fail(format string, args ...any) { c.src.fail(c.path, format, args...) }

// refuse says what the value is and what it may be.
func (c cell) refuse(allowed string) { c.fail("is %s, allowed: %s", show(c.v), allowed) }

// refuseSecret is refuse for a value that must not be shown.
func (c cell) refuseSecret(allowed string) {
	if s, ok := c.v.(string); ok && s != "" {
		c.fail("is not allowed, allowed: %s", allowed)
		return
	}
	c.fail("is %s, allowed: %s", kind(c.v), allowed)
}

// list returns the cells of an array.
func (c cell) list() ([]cell, bool) {
	var vs []any
	switch v := c.v.(type) {
	case []any:
		vs = v
	case []map[string]any:
		for _, m := range v {
			vs = append(vs, m)
		}
	default:
		return nil, false
	}
	cells := make([]cell, len(vs))
	for i, v := range vs {
		cells[i] = cell{c.src, c.path.index(i), v}
	}
	return cells, true
}

func (c cell) block() (*block, bool) {
	m, ok := c.v.(map[string]any)
	return &block{src: c.src, path: c.path, items: m}, ok
}
