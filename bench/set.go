// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Set is the runs of one benchmark.
type Set struct {
	Format  int       `json:"format"`
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"` // it took in all
	Machine Machine   `json:"machine"`
	Command []string  `json:"command"`
	Servers []Server  `json:"servers"`
	Runs    []*Result `json:"runs"`
}

// Server describes one server of a set; runs name it.
type Server struct {
	Name    string `json:"name"`
	What    string `json:"what"`
	Version string `json:"version"`
	Config  string `json:"config,omitempty"`
	Secure  string `json:"config_tls,omitempty"` // of the rows with TLS
}

// WriteFile writes the set as one JSON document.
func (s *Set) WriteFile(path string) error {
	s.Format = resultFormat
	out, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(out, '\n'), 0o644)
}

// WriteFile writes one result as one line of JSON.
func (r *Result) WriteFile(path string) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(line, '\n'), 0o644)
}

// Read reads a file of results: a set, or results one after the other, which
// make a set of their own.
func Read(path string) (*Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := &Set{}
	for d := json.NewDecoder(bytes.NewReader(b)); d.More(); {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := set.join(raw); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(set.Runs) == 0 {
		return nil, fmt.Errorf("%s: no results", path)
	}
	return set, nil
}

// join adds a set or a lone result.
func (s *Set) join(raw []byte) error {
	var kind struct {
		Format int             `json:"format"`
		Runs   json.RawMessage `json:"runs"`
	}
	if err := json.Unmarshal(raw, &kind); err != nil {
		return err
	}
	if kind.Format != resultFormat {
		return fmt.Errorf("format %d; this tool reads format %d", kind.Format, resultFormat)
	}
	if kind.Runs != nil {
		before := s.Runs
		s.Runs = nil
		if err := json.Unmarshal(raw, s); err != nil {
			return err
		}
		s.Runs = append(before, s.Runs...)
		return nil
	}
	var r Result
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	s.Runs = append(s.Runs, &r)
	s.Machine, s.Began, s.Command = r.Machine, r.Began, r.Command
	return nil
}
