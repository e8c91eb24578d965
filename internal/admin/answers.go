// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"bytes"
	"net/http"
	"time"

	"weir/internal/metrics"
)

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	if !s.cfg.Weir.Alive() {
		write(w, http.StatusServiceUnavailable, "text/plain", []byte("a loop does not answer\n"))
		return
	}
	write(w, http.StatusOK, "text/plain", []byte("ok\n"))
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.cfg.Weir.Ready() {
		write(w, http.StatusServiceUnavailable, "text/plain", []byte("leaving\n"))
		return
	}
	write(w, http.StatusOK, "text/plain", []byte("ready\n"))
}

func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	var out bytes.Buffer
	ok := s.offload(w, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		metrics.Write(&out, s.sample(false), s.names)
	})
	if ok {
		write(w, http.StatusOK, metrics.ContentType, out.Bytes())
	}
}

// sample reads the proxy and keeps the books by name. It is called with mu held.
func (s *Server) sample(peers bool) *metrics.Sample {
	sample := s.cfg.Weir.Sample(peers)
	sample.Commit = s.cfg.Commit
	sample.LogLost, sample.LogOmitted = s.cfg.LogLines()
	s.names.Add(sample, time.Now())
	return sample
}

// read is sample for those who do not write metrics.
func (s *Server) read(peers bool) *metrics.Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sample(peers)
}

func (s *Server) status(*http.Request) (int, any) {
	return http.StatusOK, statusOf(s.read(false), s.cfg.Commit)
}

func (s *Server) components(*http.Request) (int, any) {
	return http.StatusOK, componentsOf(s.read(true))
}

func (s *Server) upstreams(*http.Request) (int, any) {
	return http.StatusOK, linksOf(s.read(false))
}

// Explanation is an operator.Explanation as it is answered.
type Explanation struct {
	From      string   `json:"from"`
	To        string   `json:"to"`
	Sender    string   `json:"sender"`
	Kind      string   `json:"kind"`
	Name      string   `json:"name"`
	Instances []uint64 `json:"instances"`
	Instance  uint64   `json:"instance"`
	Node      string   `json:"node"`
	Listener  string   `json:"listener"`
	Allowed   bool     `json:"allowed"`
	Rule      string   `json:"rule"`
	Awaited   bool     `json:"awaited"`
	Verdict   string   `json:"verdict"`
}

func (s *Server) explain(r *http.Request) (int, any) {
	e, err := s.cfg.Weir.Explain(r.URL.Query().Get("from"), r.URL.Query().Get("to"))
	if err != nil {
		return http.StatusBadRequest, failure{err.Error()}
	}
	return http.StatusOK, Explanation(e)
}

// Done says how many streams a command has met.
type Done struct {
	Streams int `json:"streams"`
}

func (s *Server) kick(r *http.Request) (int, any) { return s.end(r, "kicked", s.cfg.Weir.Kick) }

func (s *Server) drain(r *http.Request) (int, any) { return s.end(r, "drained", s.cfg.Weir.Drain) }

func (s *Server) end(r *http.Request, what string, do func(name string) int) (int, any) {
	name := r.URL.Query().Get("name")
	n := do(name)
	if n == 0 {
		return http.StatusNotFound, failure{"no component serves " + name}
	}
	s.cfg.Log.Info("component "+what+" by the operator", "component", name, "streams", n)
	return http.StatusOK, Done{n}
}

// Reloaded says what a reload has changed, a line for each key.
type Reloaded struct {
	Changes []string `json:"changes"`
}

func (s *Server) reload(w http.ResponseWriter, _ *http.Request) {
	changes, err := s.cfg.Reload()
	if err != nil {
		writeJSON(w, http.StatusConflict, failure{err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, Reloaded{append([]string{}, changes...)})
}

// Upgraded tells of an upgrade in place.
type Upgraded struct {
	PID     int     `json:"pid"`      // of the process that serves now
	PauseMS float64 `json:"pause_ms"` // for how long streams stood still
}

func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) {
	done, err := s.cfg.Upgrade(r.URL.Query().Get("binary"))
	if err != nil {
		writeJSON(w, http.StatusConflict, failure{err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, done)
}

func (s *Server) logLevel(w http.ResponseWriter, r *http.Request) {
	if err := s.cfg.SetLevel(r.URL.Query().Get("level")); err != nil {
		writeJSON(w, http.StatusBadRequest, failure{err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, struct{}{})
}
