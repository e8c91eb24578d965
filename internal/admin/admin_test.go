// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/internal/metrics"
	"weir/internal/session"
)

// fake is a weir that can be busy, stuck or leaving.
type fake struct {
	busy, stuck, leaving bool
	offloaded            int
	kicked               string
}

func (f *fake) Ready() bool { return !f.leaving }
func (f *fake) Alive() bool { return !f.stuck }
func (f *fake) Offload(do func()) error {
	if f.busy {
		return errors.New("full")
	}
	f.offloaded++
	go do()
	return nil
}
func (f *fake) Sample(bool) *metrics.Sample {
	return &metrics.Sample{Version: "1", Components: []session.Card{{ID: 1, Name: "b.example"}, {ID: 2, Name: "a.example"}}}
}
func (f *fake) Kick(name string) int { f.kicked = name; return 1 }
func (f *fake) Drain(string) int     { return 0 }
func (f *fake) Explain(string, string) (session.Explanation, error) {
	return session.Explanation{}, session.ErrNoAddress
}

func (f *fake) Tap(string) (*session.Tap, error) { return nil, session.ErrTaps }

func newTest(t *testing.T, f *fake, token string) *Server {
	t.Helper()
	s, err := New(Config{
		Weir: f, Token: token, Log: slog.New(slog.DiscardHandler),
		Reload:   func() error { return errors.New("line 1: wrong") },
		SetLevel: func(string) error { return nil },
		LogLines: func() (lost, omitted int64) { return 0, 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func ask(h http.Handler, method, path string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
	return w.Code, w.Body.String()
}

func TestAnswers(t *testing.T) {
	for _, row := range []struct {
		name         string
		weir         fake
		method, path string
		status       int
		body         string
	}{
		{"a stuck loop", fake{stuck: true}, "GET", "/healthz", 503, "a loop does not answer"},
		{"leaving", fake{leaving: true}, "GET", "/readyz", 503, "leaving"},
		{"leaving is not unhealthy", fake{leaving: true}, "GET", "/healthz", 200, "ok"},
		{"metrics while busy", fake{busy: true}, "GET", "/metrics", 503, "too busy"},
		{"status while busy", fake{busy: true}, "GET", "/api/v1/status", 503, "too busy"},
		{"health while busy", fake{busy: true}, "GET", "/healthz", 200, "ok"},
		{"components in order", fake{}, "GET", "/api/v1/components", 200, `"id":2,"name":"a.example"`},
		{"no such component", fake{}, "POST", "/api/v1/drain?name=x", 404, "no component serves x"},
		{"a reload that fails", fake{}, "POST", "/api/v1/reload", 409, "line 1: wrong"},
		{"no address", fake{}, "GET", "/api/v1/explain?from=a&to=b", 400, "not an XMPP address"},
		{"nothing there", fake{}, "GET", "/etc", 404, ""},
		{"a reading request that would change", fake{}, "GET", "/api/v1/kick?name=x", 405, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, body := ask(newTest(t, &row.weir, "").routes(true), row.method, row.path)
			if status != row.status || !strings.Contains(body, row.body) {
				t.Errorf("%d %s, want %d %s", status, body, row.status, row.body)
			}
		})
	}
}

// Without a token nothing can be changed over the address.
func TestNoTokenNoCommands(t *testing.T) {
	f := new(fake)
	status, body := ask(newTest(t, f, "").routes(false), "POST", "/api/v1/kick?name=x")
	if status != http.StatusForbidden || f.kicked != "" {
		t.Errorf("%d %s, kicked %q", status, body, f.kicked)
	}
}

// What computes is handed to the runners.
func TestComputesElsewhere(t *testing.T) {
	f := new(fake)
	h := newTest(t, f, "").routes(true)
	for _, path := range []string{"/metrics", "/api/v1/status", "/api/v1/components", "/api/v1/upstreams", "/api/v1/explain"} {
		before := f.offloaded
		ask(h, "GET", path)
		if f.offloaded != before+1 {
			t.Errorf("%s computes where it stands", path)
		}
	}
}

// A file that is no socket is nobody's to remove.
func TestSocketLeavesFilesAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenSocket(path); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("%v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

// Who begins to watch when the server ends is not left waiting.
func TestNoWatchersAfterTheEnd(t *testing.T) {
	s := newTest(t, new(fake), "")
	ch := s.watch.join()
	if ch == nil {
		t.Fatal("nobody may watch")
	}
	<-ch
	s.watch.leave(ch)
	s.Close()
	if s.watch.join() != nil {
		t.Error("somebody watches a server that has ended")
	}
}
