// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/internal/session"
	"weir/internal/stream"
)

// state is how far a link is.
type state uint8

const (
	idle    state = iota // not wanted, or between two tries
	waiting              // for its turn at the server
	opening              // dialling and handshake
	up                   // stanzas go both ways
	closing              // it takes nothing any more
)

var stateNames = [...]string{"idle", "waiting", "opening", "up", "closing"}

func (s state) String() string { return stateNames[s] }

// link is one name at one server. Its name's mutex guards it; its methods as a
// session's owner run on the name's loop.
type link struct {
	n   *name
	srv *server

	state   state
	terms   *terms // by which it was last opened; nil: never
	wanted  bool
	refused string // what the server has refused it for, "" if it has not
	sess    *session.Session
	since   time.Time    // when it came up
	proven  time.Time    // from when it may take another one's place
	failed  atomic.Int32 // tries in a row that came to nothing
	moves   int          // those of them that another node's session was in the way of, see moving

	ping ping // the loop's
}

// want opens the link if it is not there, and is this node's to hold. The name is
// locked.
func (l *link) want() {
	if !l.n.holds.here {
		return
	}
	l.wanted = true
	if l.state == idle {
		l.state = waiting
		l.srv.enqueue(l)
	}
}

// retry has the link be opened anew after a while.
func (l *link) retry(after time.Duration) {
	time.AfterFunc(after, func() {
		l.n.mu.Lock()
		defer l.n.mu.Unlock()
		if l.wanted {
			l.want()
		}
	})
}

// open dials, in a goroutine of its own.
func (l *link) open(ctx context.Context) {
	if !l.begin() {
		l.srv.unneeded()
		return
	}
	fd, err := l.srv.m.Dial(ctx, l.terms.Settings)
	if err != nil {
		l.unreached(problemOf(err), "")
		return
	}
	l.n.loop.Post(func() { l.adopt(fd) })
}

func (l *link) begin() bool {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	if l.wanted {
		l.state, l.terms = opening, l.srv.now()
	} else {
		l.state = idle
	}
	return l.wanted
}

// givenUp says that the link is not wanted any more, and then it is idle.
func (l *link) givenUp() bool {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	if !l.wanted {
		l.state = idle
	}
	return !l.wanted
}

// problemOf is an error without the addresses, which change from try to try.
func problemOf(err error) string {
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return errno.Error()
	}
	return err.Error()
}

// adopt makes a dialled connection the link's, on the name's loop.
func (l *link) adopt(fd int) {
	l.n.mu.Lock()
	if !l.wanted {
		l.state = idle
		l.n.mu.Unlock()
		_ = unix.Close(fd)
		l.srv.unneeded()
		return
	}
	l.n.mu.Unlock()
	adopted := false
	l.n.loop.Adopt(fd, func(c *engine.Conn) engine.Handler {
		adopted = true
		return l.secure(c, func() engine.Handler { return l.speak(c) })
	})
	if !adopted {
		l.unreached("the connection could not be watched", "")
	}
}

// speak begins the stream of a connection.
func (l *link) speak(c *engine.Conn) engine.Handler {
	s := l.srv.m.Hub.Link(c, l.terms.streams, l.n.text, l)
	l.n.mu.Lock()
	l.sess = s
	l.n.mu.Unlock()
	return s
}

// outdated says that the link was opened in a way in which it is not opened any
// more: what came of it says nothing of the server as it is now.
func (l *link) outdated() bool { return l.terms != nil && l.terms.epoch != l.srv.now().epoch }

// unreached: the server could not be talked to.
func (l *link) unreached(problem, remedy string) {
	outdated := l.outdated()
	l.n.mu.Lock()
	if !outdated {
		l.failed.Add(1)
	}
	again := l.wanted
	l.state = idle
	if again {
		l.state = waiting
	}
	l.n.mu.Unlock()
	if outdated {
		l.srv.unneeded()
	} else {
		l.srv.unreached(problem, remedy) // before it is queued: its turn comes after the pause
	}
	if again {
		l.srv.enqueue(l)
	} else {
		l.srv.pump()
	}
}

// Ready implements session.Owner.
func (l *link) Ready(s *session.Session) {
	n := l.n
	n.mu.Lock()
	again := l.failed.Load() > 0 || !l.since.IsZero()
	l.state, l.since, l.refused, l.moves = up, time.Now(), "", 0
	l.proven = l.since
	if again {
		l.proven = l.since.Add(l.srv.now().ReturnAfter)
	}
	n.forgetAdverts(l.srv) // it says them anew
	wanted := l.wanted
	n.mu.Unlock()
	if l.outdated() {
		l.srv.unneeded()
		s.Unlink() // and comes back
		return
	}
	l.srv.count.opened.Add(1)
	l.srv.reached()
	if !wanted {
		s.Unlink()
		return
	}
	l.srv.m.Log.Info("upstream link is up", "component", n.text, "upstream", l.srv.name)
	l.watch(s)
	for _, w := range n.allWays() {
		if w != nil {
			w.cameUp(l)
		}
	}
}

// Quit implements session.Owner.
func (l *link) Quit(s *session.Session, units []session.Returned) {
	n := l.n
	n.loop.Disarm(&l.ping.timer)
	n.mu.Lock()
	if l.state == up {
		l.state = closing
	}
	n.mu.Unlock()
	ways := n.allWays()
	for g, w := range ways {
		if w != nil {
			w.wentDown(s, of(units, int32(g)))
		}
	}
	rest := []session.Unit{}
	for _, u := range units {
		if int(u.Upstream) >= len(ways) || ways[u.Upstream] == nil {
			rest = append(rest, u.Unit)
		}
	}
	n.local().ServerTimeout(rest)
}

// of are the units for one upstream of the router's.
func of(units []session.Returned, upstream int32) (its []session.Unit) {
	for _, u := range units {
		if u.Upstream == upstream {
			its = append(its, u.Unit)
		}
	}
	return its
}

// Ended implements session.Owner.
func (l *link) Ended(s *session.Session, v stream.Verdict, cause engine.Cause) {
	n := l.n
	n.mu.Lock()
	wasUp := l.state == closing
	lasted := time.Since(l.since)
	l.sess = nil
	n.mu.Unlock()
	switch {
	case l.outdated():
		l.endedForGood(wasUp)
	case wasUp && s.Faulted():
		l.endedByUs(v)
	case wasUp:
		l.endedWhileUp(v, cause, lasted)
	case l.givenUp():
		l.srv.unneeded()
	case isRefusal(v):
		l.srv.reached()
		l.turnedAway(v)
	default:
		l.unreached(howItEnded(v, cause), l.mayWantCertificate(v))
	}
	n.cross()
}

// endedForGood is for a link whose end says nothing of the server as it is now: if
// it is still wanted it is opened at once.
func (l *link) endedForGood(wasUp bool) {
	l.n.mu.Lock()
	l.state = idle
	l.n.mu.Unlock()
	if wasUp {
		l.tellClosed()
	} else {
		l.srv.unneeded()
	}
	l.retry(jitter(comeBack))
}

func (l *link) tellClosed() {
	l.srv.m.Log.Info("upstream link is closed", "component", l.n.text, "upstream", l.srv.name)
}

// comesBack puts a link that was up to rest. It says whether it is to be opened
// anew, and tells that it is closed if not.
func (l *link) comesBack() bool {
	l.n.mu.Lock()
	wanted := l.wanted
	l.state = idle
	l.n.mu.Unlock()
	if wanted && l.srv.m.ctx.Err() == nil {
		return true
	}
	l.tellClosed()
	return false
}

// endedWhileUp opens a link anew that stanzas went by.
func (l *link) endedWhileUp(v stream.Verdict, cause engine.Cause, lasted time.Duration) {
	if !l.comesBack() {
		return
	}
	if isRefusal(v) {
		l.turnedAway(v)
		return
	}
	l.srv.count.broken.Add(1)
	l.srv.m.Log.Warn("upstream link has ended; opening it anew", "component", l.n.text, "upstream", l.srv.name,
		"reason", howItEnded(v, cause))
	wait := jitter(comeBack)
	if lasted < steady {
		wait = backoff(firstRetry, int(l.failed.Add(1)), l.srv.now().RetryMax)
	} else {
		l.failed.Store(0)
	}
	l.retry(wait)
}

// endedByUs opens a link anew that we have ended for what came down it. Any user of
// the server's may be behind that: it is no failure of the server, and the
// component is not kept waiting for it any longer the next time.
func (l *link) endedByUs(v stream.Verdict) {
	if !l.comesBack() {
		return
	}
	l.srv.count.broken.Add(1)
	l.srv.count.faulted.Add(1)
	l.srv.m.Log.Warn("upstream link is ended for what the server has sent; opening it anew", "component", l.n.text,
		"upstream", l.srv.name, "condition", string(v.Condition), "detail", v.Text)
	l.retry(backoff(firstRetry, 1, l.srv.now().RetryMax))
}

// turnedAway tries a link slowly that the server does not want, and answers what
// waits for it.
func (l *link) turnedAway(v stream.Verdict) {
	if l.moving(v) {
		return
	}
	l.srv.count.refused.Add(1)
	l.n.mu.Lock()
	l.state = idle
	told := l.refused == string(v.Condition)
	l.refused = string(v.Condition)
	l.n.mu.Unlock()
	l.n.refused()
	if !told {
		l.tellRefusal(v)
	}
	l.retry(backoff(firstRefusal, int(l.failed.Add(1)), l.srv.now().RetryMax))
}

func howItEnded(v stream.Verdict, cause engine.Cause) string {
	if v.Condition != "" {
		return string(v.Condition)
	}
	if cause == engine.CauseAborted {
		return "the server has fallen silent"
	}
	return "the server has ended the connection"
}

// close ends the link for good, on its loop; what waits for the server is sent.
func (l *link) close() {
	l.n.mu.Lock()
	s := l.sess
	l.n.mu.Unlock()
	if s != nil {
		s.Unlink()
	}
}
