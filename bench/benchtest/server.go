// SPDX-License-Identifier: Apache-2.0

package benchtest

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"weir/bench/traffic"
)

// Secret is that of every component.
const Secret = "secret"

// Server routes between the components that are connected to it.
type Server struct {
	fault    Fault
	listener net.Listener
	seen     atomic.Int64
	hung     atomic.Bool
	done     sync.WaitGroup

	mu    sync.Mutex
	peers map[string]*peer
	all   map[net.Conn]bool
	stood bool // still, with Pause
}

// Start listens on a free port of 127.0.0.1.
func Start(fault Fault) (*Server, error) { return StartAt("127.0.0.1:0", fault) }

// StartAt listens on an address.
func StartAt(addr string, fault Fault) (*Server, error) {
	l, err := net.Listen("tcp4", addr)
	if err != nil {
		return nil, err
	}
	s := &Server{fault: fault, listener: l, peers: map[string]*peer{}, all: map[net.Conn]bool{}}
	s.done.Go(s.accept)
	return s, nil
}

// Addr is where it listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends all connections and waits for them.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.all {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.all[c] = true
		s.mu.Unlock()
		s.done.Go(func() { s.serve(c) })
	}
}

// How many stanzas wait for one component before senders do; the short queue
// shows soon what a server does that blocks.
const (
	queueLen      = 4096
	queueLenShort = 16
	queueLenFew   = 256 // more than the windows of tests, soon full of a flood
	// writeBufferShort goes with the shorter two, in bytes.
	writeBufferShort = 64 << 10
)

func (s *Server) serve(c net.Conn) {
	length := queueLen
	switch s.fault {
	case Block:
		length = queueLenShort
	case Shed, Trickle:
		length = queueLenFew
	}
	if length != queueLen { // or a kernel that has megabytes for it would hide for long what is queued here
		_ = c.(*net.TCPConn).SetWriteBuffer(writeBufferShort)
	}
	p := &peer{slow: s.fault == Trickle, conn: c, out: make(chan []byte, length), gone: make(chan struct{})}
	s.done.Go(p.writer)
	defer s.leave(p)
	var b []byte
	chunk := make([]byte, 16<<10)
	id := ""
	for {
		n, err := c.Read(chunk)
		if err != nil {
			return
		}
		b = append(b, chunk[:n]...)
		if id == "" {
			used, name, err := header(b)
			if err != nil || len(b) > elementMax {
				s.malformed(p)
				return
			}
			if used == 0 {
				continue
			}
			b = b[used:]
			p.name, id = name, "stream-of-"+name
			p.write(fmt.Appendf(nil, "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "+
				"xmlns:stream='http://etherx.jabber.org/streams' from='%s' id='%s'>", name, id))
		}
		for {
			start, end, err := traffic.SplitElement(b)
			if err != nil || len(b) > elementMax {
				s.malformed(p)
				return
			}
			if end == 0 {
				break
			}
			if !s.element(p, id, b[start:end]) {
				return
			}
			b = b[end:]
		}
	}
}

// elementMax is the largest element that is taken.
const elementMax = 1 << 20

// malformed ends a stream that is not XML, and with Fragile all others.
func (s *Server) malformed(p *peer) {
	p.write([]byte("<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"))
	if s.fault != Fragile {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.all {
		_ = c.Close()
	}
}

var errNamespace = errors.New("not a component's stream")

// header finds the name that a component asks for.
func header(b []byte) (used int, name string, err error) {
	n, _, err := traffic.SplitHeader(b)
	if n == 0 || err != nil {
		return 0, "", err
	}
	if !bytes.Contains(b[:n], []byte("'jabber:component:accept'")) {
		return 0, "", errNamespace
	}
	_, after, _ := strings.Cut(string(b[:n]), " to='")
	name, _, _ = strings.Cut(after, "'")
	return n, name, nil
}

// element takes one element; false ends the connection.
func (s *Server) element(p *peer, id string, raw []byte) bool {
	text := string(raw)
	if digest, found := strings.CutPrefix(text, "<handshake>"); found {
		sum := sha1.Sum([]byte(id + Secret))
		if s.fault == Refuse || strings.TrimSuffix(digest, "</handshake>") != hex.EncodeToString(sum[:]) {
			p.write([]byte("<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"))
			return false
		}
		s.mu.Lock()
		if s.fault == Haunt && s.peers[p.name] != nil {
			s.mu.Unlock()
			p.write([]byte("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"))
			return false
		}
		s.peers[p.name] = p
		s.mu.Unlock()
		p.write([]byte("<handshake/>"))
		return true
	}
	if text == "</stream:stream>" {
		p.write(raw)
		return false
	}
	if s.fault != Gullible && !wellFormed(raw) {
		s.malformed(p)
		return false
	}
	if s.hung.Load() {
		return true
	}
	to := attributes(raw)["to"]
	_, domain, _ := strings.Cut(to, "@")
	domain, _, _ = strings.Cut(domain, "/")
	s.mu.Lock()
	if s.fault == Pause && !s.stood && s.seen.Load() >= PauseAfter {
		s.stood = true
		time.Sleep(PauseTime) // with the lock that all need
	}
	dest := s.peers[domain]
	if s.fault == Block && dest != nil {
		s.apply(dest, p, 0, raw)
		s.mu.Unlock()
		return true
	}
	s.mu.Unlock()
	if dest == nil {
		p.write(answer(raw))
		return true
	}
	s.apply(dest, p, int(s.seen.Add(1)), raw)
	return true
}

// leave frees the name, writes what is queued, and closes.
func (s *Server) leave(p *peer) {
	s.mu.Lock()
	if s.peers[p.name] == p && s.fault != Haunt {
		delete(s.peers, p.name)
	}
	delete(s.all, p.conn)
	s.mu.Unlock()
	p.close()
	<-p.gone
}
