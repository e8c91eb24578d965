// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"weir/internal/session"
)

const (
	// dialsMax is how many links are opened to one server at a time, from dialling
	// to the end of the handshake. A thousand names that come back together are so
	// no herd: each waits for its turn, the most used first.
	dialsMax = 16
	// returnPause is what lies between two names that a server takes back from a
	// standby: what it has to take up grows slowly.
	returnPause = 5 * time.Millisecond
)

// server is one XMPP server, and who may dial to it. When it cannot be reached
// one link at a time tries, ever more seldom; when that one gets through the
// others follow.
type server struct {
	name  string
	m     *Manager
	terms atomic.Pointer[terms]

	mu       sync.Mutex // guards what follows
	waiting  []*link
	busy     int // links being opened
	failures int // in a row; 0: it can be reached
	pause    *time.Timer
	problem  string    // the last failure's, for the log and the status
	returns  time.Time // when the next name may be taken back

	count serverCount
}

// terms are how a server is dealt with now. Immutable.
type terms struct {
	*Settings
	streams *session.Server
	// epoch counts the ways in which its links have been opened: one of another
	// epoch is to be opened anew.
	epoch int
}

// newServer makes a server that nobody has dialled to yet.
func (m *Manager) newServer(set *Settings) *server {
	s := &server{name: set.Name, m: m}
	s.terms.Store(m.newTerms(set, 0))
	return s
}

func (m *Manager) newTerms(set *Settings, epoch int) *terms {
	return &terms{Settings: set, epoch: epoch, streams: session.NewServer(&session.Settings{
		Name: set.Name, StateTimeout: set.HandshakeTimeout, Limits: set.Limits,
	}, set.Secret, m.Locals)}
}

// now is how the server is dealt with now.
func (s *server) now() *terms { return s.terms.Load() }

// follow has other settings hold. A server that is to be connected to in another
// way has all its failures forgiven.
func (s *server) follow(set *Settings) {
	was := s.now()
	if was.sameConnection(set) {
		s.terms.Store(s.m.newTerms(set, was.epoch))
		return
	}
	s.terms.Store(s.m.newTerms(set, was.epoch+1))
	s.mu.Lock()
	s.forgive()
	s.mu.Unlock()
	s.pump()
}

// forgive has nothing be waited for any more. Under mu.
func (s *server) forgive() {
	s.failures, s.problem = 0, ""
	if s.pause != nil {
		s.pause.Stop()
		s.pause = nil
	}
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
	s.waiting = slices.Delete(s.waiting, best, best+1)
	return l
}

// reached: a link has been opened, or refused: the server is there.
func (s *server) reached() {
	s.mu.Lock()
	s.busy--
	back := s.failures > 0
	s.forgive() // what failed beside it was one link's affair
	s.mu.Unlock()
	if back {
		s.m.Log.Info("upstream is back", "upstream", s.name, "address", s.now().Address)
	}
	s.pump()
}

// unreached: a link could not be opened, because of the server.
func (s *server) unreached(problem, remedy string) {
	s.count.failed.Add(1)
	s.mu.Lock()
	s.busy--
	told := s.problem == problem
	s.problem = problem
	if s.pause == nil && s.m.ctx.Err() == nil {
		s.failures++
		s.pause = time.AfterFunc(backoff(firstRetry, s.failures, s.now().RetryMax), s.again)
	}
	s.mu.Unlock()
	if told || s.m.ctx.Err() != nil {
		return
	}
	said := []any{"upstream", s.name, "address", s.now().Address, "error", problem}
	if remedy != "" {
		said = append(said, "remedy", remedy)
	}
	s.m.Log.Warn("upstream cannot be reached; trying again", said...)
}

// lastProblem is why the server could not be reached; empty if it could.
func (s *server) lastProblem() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problem
}

// unneeded: a link whose turn it was is not wanted any more, or not in this way.
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

// returnTurn is how long a name waits for its turn to be taken back.
func (s *server) returnTurn() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.returns.Before(now) {
		s.returns = now
	}
	wait := s.returns.Sub(now)
	s.returns = s.returns.Add(returnPause)
	return wait
}

// dialer opens the connection of a link; tests have their own.
type dialer func(context.Context, *Settings) (fd int, err error)
