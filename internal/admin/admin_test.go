// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/internal/metrics"
	"weir/internal/operator"
	"weir/internal/tap"
)

// fake is a weir that can be busy, stuck or leaving.
type fake struct {
	busy, stuck, leaving bool
	offloaded            int
	kicked               string
	links                []metrics.Link
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
	return &metrics.Sample{Version: "1", Links: f.links, Components: []operator.Card{{ID: 1, Name: "b.example"}, {ID: 2, Name: "a.example"}}}
}
func (f *fake) Kick(name string) int { f.kicked = name; return 1 }
func (f *fake) Drain(string) int     { return 0 }
func (f *fake) Explain(string, string) (operator.Explanation, error) {
	return operator.Explanation{}, operator.ErrNoAddress
}

func (f *fake) Tap(string) (*tap.Tap, error) { return nil, tap.ErrTooMany }

func newTest(t *testing.T, f *fake, token string) *Server {
	t.Helper()
	s, err := New(Config{
		Weir: f, Token: token, Log: slog.New(slog.DiscardHandler),
		Reload:   func() ([]string, error) { return nil, errors.New("line 1: wrong") },
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

// On a loopback address only this machine's own names are answered to.
func TestOtherNamesAreNotAnsweredTo(t *testing.T) {
	f := new(fake)
	h := local(newTest(t, f, "secret").routes(false))
	for host, want := range map[string]int{
		"127.0.0.1:9090": 200, "[::1]:9090": 200, "[::1]": 200, "localhost:9090": 200, "LocalHost.": 200, "weir.localhost:80": 200,
		"192.0.2.1": 200, "": 200, "evil.example:9090": 421, "evil.example": 421, "notlocalhost": 421, "127.0.0.1.evil.example": 421,
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/api/v1/components", http.NoBody)
		r.Host = host
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("asked for as %q: %d, want %d", host, w.Code, want)
		}
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/api/v1/kick?name=x", http.NoBody)
	r.Host = "evil.example"
	r.Header.Set("Authorization", "Bearer secret")
	if h.ServeHTTP(w, r); w.Code != http.StatusMisdirectedRequest || f.kicked != "" {
		t.Errorf("%d, kicked %q", w.Code, f.kicked)
	}
}

// Servers are told of as a whole: those that are configured, and those that have
// links still.
func TestServers(t *testing.T) {
	s := &metrics.Sample{
		Servers: []metrics.Server{{Upstream: "a"}, {Upstream: "idle"}},
		Links: []metrics.Link{
			{Component: "1", Upstream: "a", State: "up"}, {Component: "2", Upstream: "a", State: "waiting", Problem: "connection refused"},
			{Component: "3", Upstream: "a", State: "waiting", Refused: "conflict"}, {Component: "1", Upstream: "old", State: "up", Refused: "conflict"},
		},
		Components: []operator.Card{{Behind: time.Second}, {}},
	}
	st := statusOf(s, "")
	want := []Upstream{{Name: "a", Links: 3, Up: 1, Trouble: "connection refused"}, {Name: "idle"}, {Name: "old", Links: 1, Up: 1}}
	if !slices.Equal(st.Servers, want) || st.LinksUp != 2 || st.Behind != 1 {
		t.Errorf("%+v, %d up, %d behind", st.Servers, st.LinksUp, st.Behind)
	}
}

// The page is sent the links that ask for attention, however many there are.
func TestGlanceShowsTrouble(t *testing.T) {
	f := new(fake)
	for range linksMax { // of a cluster: nothing is wrong with these
		f.links = append(f.links, metrics.Link{Component: "h", State: "elsewhere", HeldBy: "bbbbbbbbbb"})
	}
	for i := range 3 * linksMax {
		f.links = append(f.links, metrics.Link{Component: string(rune('a' + i)), State: "up"})
	}
	f.links = append(f.links, metrics.Link{Component: "w", State: "waiting"}, metrics.Link{Component: "r", State: "waiting", Refused: "conflict"})
	g := newTest(t, f, "").watch.glance()
	if len(g.Links) != linksMax || g.Links[0].Component != "r" || g.Links[1].Component != "w" || g.Links[2].Component != "a" {
		t.Errorf("%d links, the first are %+v", len(g.Links), g.Links[:3])
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

// A socket's folder is not made, and that is what is said.
func TestSocketWithoutAFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "admin.sock")
	if _, err := listenSocket(path); err == nil || err.Error() != path+": its folder does not exist" {
		t.Errorf("%v", err)
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

// Who was accepted before the end is answered, though he asks after it.
func TestAnswersWhomItAccepted(t *testing.T) {
	s, err := New(Config{Address: "127.0.0.1:0", Weir: new(fake), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	addr := s.Addr().String()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	answered := func(c net.Conn) {
		t.Helper()
		if _, err := fmt.Fprintf(c, "GET /readyz HTTP/1.1\r\nHost: %s\r\n\r\n", addr); err != nil {
			t.Fatal(err)
		}
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", res, err)
		}
	}
	early := dial()
	answered(dial()) // now early, which was before it in the queue, has been accepted
	s.Leave()
	if c, err := net.Dial("tcp", addr); err == nil {
		_ = c.Close()
		t.Error("it goes on listening")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Close()
	}()
	answered(early)
	<-ended
}

// A socket's name goes with the server, unless another process may have the socket: it may end at any moment from
// then on, in any order.
func TestLentSocketKeepsItsName(t *testing.T) {
	for _, lent := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "admin.sock")
		s, err := New(Config{Socket: path, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		s.Lend()
		if !lent {
			s.TakeBack()
		}
		var both sync.WaitGroup
		both.Go(s.Close)
		both.Go(s.Close)
		both.Wait()
		if _, err := os.Lstat(path); (err == nil) != lent {
			t.Errorf("lent %v: %v", lent, err)
		}
	}
}
