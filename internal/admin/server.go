// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"weir/internal/metrics"
	"weir/internal/operator"
	"weir/internal/tap"
)

const (
	connectionsMax = 64       // of each of the two ways in
	watchersMax    = 16       // of the status page
	headerBytesMax = 16 << 10 // of a request
	headerTimeout  = 5 * time.Second
	answerTimeout  = 15 * time.Second // for the peer to take an answer
	idleTimeout    = 5 * time.Second  // idle connections take the places of health checks
)

// Weir is what is asked and told. Its methods are safe for concurrent use.
type Weir interface {
	Ready() bool
	// Alive says whether every loop answers. It waits for them, not for long.
	Alive() bool
	// Offload has f run away from the loops, or says that too much waits already.
	Offload(f func()) error
	// Sample, Kick, Drain and Tap wait for the loops and are called within Offload.
	Sample(peers bool) *metrics.Sample
	Kick(name string) int
	Drain(name string) int
	Explain(from, to string) (operator.Explanation, error)
	Tap(name string) (*tap.Tap, error)
}

// Config is what a server is made with.
type Config struct {
	Address string // HOST:PORT; empty: none
	Socket  string // a path; empty: none
	Token   string // for what needs one on Address; empty: it is refused there
	Commit  string // of the program
	Weir    Weir
	Log     *slog.Logger

	Reload   func() (changes []string, err error) // takes the configuration anew
	Upgrade  func(binary string) (Upgraded, error)
	SetLevel func(level string) error // of the log
	LogLines func() (lost, omitted int64)

	// Inherited is a socket that listens on an address of a network already, and is
	// the caller's; nil without one. It may be nil itself.
	Inherited func(network, addr string) *os.File
}

// Server answers operators.
type Server struct {
	cfg     Config
	token   atomic.Pointer[string]
	watch   watch
	servers []*http.Server
	sockets []Socket
	serving sync.WaitGroup // who accepts
	conns   sync.WaitGroup // who were accepted
	addr    net.Addr

	lent    atomic.Bool // the sockets may be another process's
	unnamed sync.Once   // their names are gone, if they are to go

	mu    sync.Mutex // one scrape at a time
	names *metrics.Names
}

// New begins to serve.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, names: metrics.NewNames()}
	s.watch.init(s)
	s.SetToken(cfg.Token)
	if cfg.Address != "" {
		lis, err := s.listen("tcp", cfg.Address, func() (net.Listener, error) { return net.Listen("tcp", cfg.Address) })
		if err != nil {
			return nil, fmt.Errorf("admin: %w", err)
		}
		s.addr = lis.Addr()
		h := s.routes(false)
		if a, ok := lis.Addr().(*net.TCPAddr); ok && a.IP.IsLoopback() {
			h = local(h)
		}
		s.serve(lis, h)
	}
	if cfg.Socket != "" {
		lis, err := s.listen("unix", cfg.Socket, func() (net.Listener, error) { return listenSocket(cfg.Socket) })
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("admin: %w", err)
		}
		s.serve(lis, s.routes(true))
	}
	return s, nil
}

// Addr is the address listened on; nil without one.
func (s *Server) Addr() net.Addr { return s.addr }

// SetToken replaces the token.
func (s *Server) SetToken(token string) { s.token.Store(&token) }

func (s *Server) serve(lis net.Listener, h http.Handler) {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ConnState:         s.count,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
	s.servers = append(s.servers, server)
	s.serving.Go(func() {
		if err := server.Serve(netutil.LimitListener(lis, connectionsMax)); !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
			s.cfg.Log.Error("admin: no more requests are answered", "addr", lis.Addr().String(), "err", err)
		}
	})
}

// count keeps conns. A connection is new before Serve can return.
func (s *Server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateHijacked, http.StateClosed:
		s.conns.Done()
	}
}

// Leave stops accepting, and ends connections on which nothing is asked.
func (s *Server) Leave() {
	for _, k := range s.sockets {
		_ = k.lis.Close() // not through the limit, which may accept one more and drop him
	}
	for _, server := range s.servers {
		server.SetKeepAlivesEnabled(false)
	}
}

// Close stops serving. Whoever was accepted has a second to ask and to be answered:
// after an upgrade in place we may have taken him from the queue that the new weir and
// we share. (Shutdown would drop a request that is read after its call.)
func (s *Server) Close() {
	s.unnamed.Do(s.removeNames)
	s.watch.stop()
	s.Leave()
	done := make(chan struct{})
	go func() {
		s.serving.Wait()
		s.conns.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
	for _, server := range s.servers {
		_ = server.Close()
	}
	s.serving.Wait()
}
