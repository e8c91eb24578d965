// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"context"
	"sync"
	"time"

	"weir/internal/session"
)

// dialsMax is how many links are opened to one server at a time, from dialling to
// the end of the handshake. A thousand names that come back together are so no
// herd: each waits for its turn, the most used first.
const dialsMax = 16

// server is one XMPP server, and who may dial to it. When it cannot be reached
// one link at a time tries, ever more seldom; when that one gets through the
// others follow.
type server struct {
	*Settings
	m       *Manager
	streams *session.Server

	mu       sync.Mutex // guards what follows
	waiting  []*link
	busy     int // links being opened
	failures int // in a row; 0: it can be reached
	pause    *time.Timer
	problem  string // the last failure's, for the log and the status
}

// enqueue has a link be opened when its turn comes.
func (s *server) enqueue(l *link) {
	s.mu.Lock()
	s.waiting = append(s.waiting, l)
	s.mu.Unlock()
	s.pump()
}

// pump opens what may be opened now.
func (s *server) pump() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m.ctx.Err() != nil {
		return
	}
	room := dialsMax
	if s.failures > 0 {
		room = 1
	}
	for s.pause == nil && s.busy < room && len(s.waiting) > 0 {
		s.busy++
		go s.next().open(s.m.ctx)
	}
}

// next takes out the link whose turn it is: one that has not failed before one
// that has, so that no name that is always refused keeps the others out; then the
// most used.
func (s *server) next() *link {
	best := 0
	for i, l := range s.waiting {
		b := s.waiting[best]
		lf, bf := l.failed.Load(), b.failed.Load()
		if lf < bf || lf == bf && l.n.uses.Load() > b.n.uses.Load() {
			best = i
		}
	}
	l := s.waiting[best]
	s.waiting = append(s.waiting[:best], s.waiting[best+1:]...)
	return l
}

// reached: a link has been opened, or refused: the server is there.
func (s *server) reached() {
	s.mu.Lock()
	s.busy--
	back := s.failures > 0
	s.failures, s.problem = 0, ""
	s.mu.Unlock()
	if back {
		s.m.Log.Info("upstream is back", "upstream", s.Name, "address", s.Address)
	}
	s.pump()
}

// unreached: a link could not be opened, because of the server.
func (s *server) unreached(problem string) {
	s.mu.Lock()
	s.busy--
	told := s.problem == problem
	s.problem = problem
	if s.pause == nil && s.m.ctx.Err() == nil {
		s.failures++
		s.pause = time.AfterFunc(backoff(firstRetry, s.failures, s.RetryMax), s.again)
	}
	s.mu.Unlock()
	if !told {
		s.m.Log.Warn("upstream cannot be reached; trying again", "upstream", s.Name, "address", s.Address, "error", problem)
	}
}

// unneeded: a link whose turn it was is not wanted any more.
func (s *server) unneeded() {
	s.mu.Lock()
	s.busy--
	s.mu.Unlock()
	s.pump()
}

// again ends a pause.
func (s *server) again() {
	s.mu.Lock()
	s.pause = nil
	s.mu.Unlock()
	s.pump()
}

// dialer opens the connection of a link; tests have their own.
type dialer func(context.Context, *Settings) (fd int, err error)
