// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// answer computes the answer to a request, away from the loops: a status and
// what becomes JSON.
type answer func(r *http.Request) (status int, body any)

// routes are all requests. Who comes by the local socket is trusted.
func (s *Server) routes(trusted bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.HandleFunc("GET /{$}", page)
	mux.HandleFunc("GET /events", s.watch.serve)
	mux.HandleFunc("GET /api/v1/status", s.compute(s.status))
	mux.HandleFunc("GET /api/v1/components", s.compute(s.components))
	mux.HandleFunc("GET /api/v1/upstreams", s.compute(s.upstreams))

	guarded := func(pattern string, h http.HandlerFunc) {
		if !trusted {
			h = s.withToken(h)
		}
		mux.HandleFunc(pattern, h)
	}
	guarded("GET /api/v1/explain", s.compute(s.explain))
	guarded("GET /api/v1/tap", s.tap)
	guarded("POST /api/v1/kick", s.compute(s.kick))
	guarded("POST /api/v1/drain", s.compute(s.drain))
	guarded("POST /api/v1/reload", s.reload)
	if trusted { // it names a program to be started
		mux.HandleFunc("POST /api/v1/upgrade", s.upgrade)
	}
	guarded("POST /api/v1/log-level", s.logLevel)
	return mux
}

// local answers only who asks for this machine by a name that is its own. A page from
// elsewhere could else have its name mean 127.0.0.1 all of a sudden (DNS rebinding),
// and a browser on this machine read to it what needs no token.
func local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ownName(r.Host) {
			writeJSON(w, http.StatusMisdirectedRequest, failure{"asked for as another host; a proxy in front must set Host to localhost"})
			return
		}
		h.ServeHTTP(w, r)
	})
}

// ownName says that a Host header names this machine: by its address, which nobody
// can have mean another one, or as localhost.
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") // RFC 6761 §6.3
}

// withToken refuses who does not show the token.
func (s *Server) withToken(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := *s.token.Load()
		shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case token == "":
			writeJSON(w, http.StatusForbidden, failure{"no token is configured: only the local socket takes this"})
		case !ok || !same(shown, token):
			s.cfg.Log.Warn("admin: request without the token refused", "path", r.URL.Path, "peer", r.RemoteAddr)
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeJSON(w, http.StatusUnauthorized, failure{"the token is missing or wrong"})
		default:
			h(w, r)
		}
	}
}

// same compares in a time that tells nothing of either.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// compute answers with JSON, made by a runner.
func (s *Server) compute(f answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status, text := 0, []byte(nil)
		ok := s.offload(w, func() {
			var body any
			status, body = f(r)
			text = marshal(body)
		})
		if ok {
			write(w, status, "application/json", text)
		}
	}
}

// offload runs f away from the loops and waits for it. It is false, and the
// request answered, if too much waits already.
func (s *Server) offload(w http.ResponseWriter, f func()) bool {
	done := make(chan struct{})
	err := s.cfg.Weir.Offload(func() {
		defer close(done)
		f()
	})
	if err != nil {
		w.Header().Set("Retry-After", "1")
		writeJSON(w, http.StatusServiceUnavailable, failure{"too busy: " + err.Error()})
		return false
	}
	<-done
	return true
}

func marshal(body any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(true)
	if err := enc.Encode(body); err != nil {
		panic("admin: an answer that is no JSON: " + err.Error())
	}
	return b.Bytes()
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	write(w, status, "application/json", marshal(body))
}

func write(w http.ResponseWriter, status int, contentType string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTimeout)) // only a test's recorder has none
	w.WriteHeader(status)
	_, _ = w.Write(b) // who has gone needs no answer
}
