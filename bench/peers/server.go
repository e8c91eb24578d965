// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

const (
	startTimeout = 30 * time.Second // ejabberd takes several on a small machine
	stopTimeout  = 5 * time.Second
	// againAfter keeps a supervised process that ends at once from doing so all the time.
	againAfter = 100 * time.Millisecond
)

// Secret is that of every component in all generated configurations.
const Secret = "secret"

// Site is where and for whom a server is to run.
type Site struct {
	Dir   string   // its own, empty
	Names []string // of the components, where a server must be told them
	TLS   bool     // only with Kind.TLS
}

// Server is a server that runs.
type Server struct {
	Name   string
	Addr   string
	PIDs   []int
	Config string // the configuration it was started with; may be empty
	// Metrics is where a weir's are; empty for others.
	Metrics string

	processes  []*running
	supervised atomic.Bool
}

// Stop ends the server's processes, in the reverse order of their start.
func (s *Server) Stop() error {
	var errs []error
	for i := len(s.processes) - 1; i >= 0; i-- {
		errs = append(errs, s.processes[i].end())
	}
	s.processes = nil
	return errors.Join(errs...)
}

// Supervise starts a process of the server again at once, should it end from now
// on; PIDs stays as it is.
func (s *Server) Supervise() { s.supervised.Store(true) }

// tail gives the end of a log, for an error.
func tail(path string) string {
	const most = 600
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-most):])
}

// configure writes a configuration file of the server.
func (s *Server) configure(dir, name, text string) (path string, err error) {
	s.Config = text
	path = filepath.Join(dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}
