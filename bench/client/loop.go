// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"os"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"

	"weir/bench/traffic"
)

const (
	// idleWait bounds how long a loop with nothing to do sleeps; it wakes to look
	// for servers that do not answer.
	idleWait = 100 * time.Millisecond
	// eventsMax is how many connections one wait can report.
	eventsMax = 256
	// wakeSlot marks the event by which the fleet wakes a loop.
	wakeSlot = -1
)

// loop is one thread with its connections and lanes. Everything in it belongs to
// its goroutine once run has begun, except pub.
type loop struct {
	fleet  *Fleet
	secret string
	ep     int
	wakeFd int

	conns   []*conn
	lanes   []*lane // of this loop
	dirty   []*conn // have something to send
	spare   []*conn // the list of the turn before, for its memory
	sched   *schedule
	in, out []byte
	coded   []byte // what was read of an encrypted connection
	tls     string // what the first encrypted connection agreed on
	now     int64

	phase     phase
	unopened  []*conn
	opening   int // connecting or in the handshake
	alive     int // have a socket
	up        int // their handshake was accepted
	cut       int // lanes that have delivered nothing since an end was cut
	checkedAt int64

	flooding, dropped bool

	verdict     traffic.Verdict
	count       counters
	measuring   int     // number of the period
	period      *period // nil between periods
	periods     []*period
	returns     *hdrhistogram.Histogram // how long connections that were cut were away
	pub         published
	quantilesAt int64
	failed      error // the first connection that could not be opened, or broke
}

func newLoop(f *Fleet) (*loop, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		_ = unix.Close(ep)
		return nil, os.NewSyscallError("eventfd", err)
	}
	l := &loop{
		fleet: f, secret: f.cfg.Secret, ep: ep, wakeFd: wake,
		in: make([]byte, 2*readSize), out: make([]byte, 0, 2*writeSize), coded: make([]byte, readSize),
		returns: NewHistogram(),
	}
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: wakeSlot}
	return l, os.NewSyscallError("epoll_ctl", unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, wake, &ev))
}

// run is the loop's thread, until the fleet closes.
func (l *loop) run() {
	runtime.LockOSThread()
	exactTimers()
	// The thread goes back as it came: one that ended here would take along the
	// processes it started, if they asked for that (PR_SET_PDEATHSIG).
	defer runtime.UnlockOSThread()
	defer usualTimers()
	events := make([]unix.EpollEvent, eventsMax)
	for l.phase != phaseGone {
		n, err := wait(l.ep, events, l.patience())
		if err != nil {
			panic("client: " + err.Error())
		}
		l.now = clock()
		for i := range events[:n] {
			l.handle(&events[i])
		}
		l.turn()
	}
	_ = unix.Close(l.ep)
	_ = unix.Close(l.wakeFd)
}

// turn does what is due between two waits.
func (l *loop) turn() {
	l.measure(int(l.fleet.measuring.Load()))
	l.enter(phase(l.fleet.phase.Load()))
	if l.fleet.flooding.Load() && !l.flooding {
		l.flood()
	}
	if from := l.fleet.dropping.Load(); from > 0 && !l.dropped {
		l.drop(int(from))
	}
	l.openMore()
	if l.opening > 0 || l.phase == phaseClose {
		l.checkSilent()
	}
	if l.sched != nil && l.phase == phaseRun {
		l.owe()
	}
	work := l.dirty
	l.dirty = l.spare[:0]
	for _, c := range work {
		c.queued = false
		l.fill(c)
	}
	l.spare = work[:0]
	if l.period != nil {
		l.period.listen(l.now, l.count.delivered)
	}
	l.publish()
	if l.phase == phaseClose && l.alive == 0 {
		l.phase = phaseGone
	}
}

// patience is how long the loop may sleep.
func (l *loop) patience() time.Duration {
	if len(l.dirty) > 0 {
		return 0
	}
	if wait := l.nextOpen(); wait < idleWait {
		return wait
	}
	if l.sched != nil && l.phase == phaseRun {
		return min(idleWait, time.Duration(l.sched.due(l.sched.next)-clock()))
	}
	return idleWait
}

func (l *loop) handle(ev *unix.EpollEvent) {
	if ev.Fd == wakeSlot {
		var b [8]byte
		_, _ = unix.Read(l.wakeFd, b[:])
		return
	}
	c := l.conns[ev.Fd]
	if c.fd < 0 {
		return
	}
	if c.deaf && ev.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		c.deaf = false // it was cut off; the reason is to be read
	}
	if ev.Events&unix.EPOLLOUT != 0 || c.state == stateConnecting {
		l.writable(c)
	}
	if c.fd >= 0 && ev.Events&^uint32(unix.EPOLLOUT) != 0 && c.state != stateConnecting {
		l.readable(c)
	}
}

// delivered is called for every stanza of this loop's lanes that arrived.
func (l *loop) delivered(f *traffic.Flow, n uint64) {
	ln := l.fleet.lanes[f.ID]
	if ln.kind == Flood {
		return
	}
	l.count.delivered++
	if ln.cut && n >= ln.cutAt {
		l.whole(ln)
	}
	if ln.window == 0 {
		l.recordLatency(l.now - l.sched.of(ln.index, n))
		return
	}
	if n == ln.probe && ln.probeAt != 0 {
		if ln.kind == Usual {
			l.recordLatency(l.now - ln.probeAt)
		}
		ln.probeNext()
	}
	l.wake(ln)
}

// answered is called for every stanza that came back as an error.
func (l *loop) answered(f *traffic.Flow, n uint64) {
	ln := l.fleet.lanes[f.ID]
	l.count.answered++
	if ln.window > 0 && n == ln.probe {
		ln.probeNext()
	}
	l.wake(ln)
}

// poll asks to be told, or no longer, when a socket takes bytes.
func (l *loop) poll(c *conn, writes bool) {
	if c.polled == writes {
		return
	}
	c.polled = writes
	l.control(c, unix.EPOLL_CTL_MOD)
}

func (l *loop) control(c *conn, op int) {
	ev := unix.EpollEvent{Fd: int32(c.slot)}
	if !c.deaf {
		ev.Events = unix.EPOLLIN
	}
	if c.polled {
		ev.Events |= unix.EPOLLOUT
	}
	if err := unix.EpollCtl(l.ep, op, c.fd, &ev); err != nil && !errors.Is(err, unix.ENOENT) {
		panic("client: " + os.NewSyscallError("epoll_ctl", err).Error())
	}
}
