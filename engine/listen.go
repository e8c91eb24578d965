// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

const (
	// acceptBatch is how many connections one report of a listening socket
	// lets in, so that a storm of them does not hold up those who are there.
	acceptBatch = 64
	// acceptPause is how long a socket is left alone when the process or the
	// system has run out of what an accept needs.
	acceptPause = 100 * time.Millisecond
	// paceMin is the least that a socket is left alone because its connections
	// come too fast: those of ten milliseconds are accepted together.
	paceMin = 10 * time.Millisecond
)

// ErrStopped is returned when a loop has ended.
var ErrStopped = errors.New("engine: the loop has ended")

// ListenConfig says where and how to listen.
type ListenConfig struct {
	Addr      netip.AddrPort // port 0: the kernel chooses
	Backlog   int
	ReusePort bool   // one socket for each loop
	Kernel    bool   // with ReusePort: a loop keeps what the kernel's hash gives it
	Limit     *Limit // shared by the sockets; nil: none
	// Admit says whether somebody from an address is let in, and how; if not, the
	// connection is closed at once. It runs on any loop that accepts. nil:
	// everybody is.
	Admit func(from netip.AddrPort) Admission
	// Accept gives a new connection its handler. It runs on the loop the
	// connection lives on.
	Accept func(*Conn) Handler
}

// Listening is a set of listening sockets for one address.
type Listening struct {
	addr    netip.AddrPort
	sockets []*listener
}

// listener is one listening socket on its loop.
type listener struct {
	loop   *Loop
	fd     int
	slot   driver.Slot
	cfg    *ListenConfig
	closed bool
	retry  Timer
}

// Listen opens the sockets and starts to accept. With one socket the first loop
// accepts for all, with ReusePort each has a socket of its own. Whoever accepts
// gives a connection to the loop that has fewest, unless Kernel is set.
func (e *Engine) Listen(cfg ListenConfig) (*Listening, error) {
	fds, err := e.openSockets(&cfg)
	if err != nil {
		return nil, err
	}
	return e.listenOn(&cfg, fds, func(lis *listener) error {
		err := ErrStopped
		lis.loop.Call(func() { err = lis.start() })
		return err
	})
}

// Listen is Engine.Listen for an engine that accepts when its loops go on. fds are
// sockets that listen already and are the engine's from now on; none: they are
// opened. Each has its own queue of callers, so none of them may be closed, however
// many loops there are.
func (f *Frozen) Listen(cfg ListenConfig, fds []int) (_ *Listening, err error) {
	if len(fds) == 0 {
		if fds, err = f.e.openSockets(&cfg); err != nil {
			return nil, err
		}
	}
	return f.e.listenOn(&cfg, fds, (*listener).start)
}

// openSockets opens as many sockets as cfg asks for.
func (e *Engine) openSockets(cfg *ListenConfig) ([]int, error) {
	n := 1
	if cfg.ReusePort {
		n = len(e.loops)
	}
	addr, fds := cfg.Addr, make([]int, 0, n)
	for range n {
		fd, err := listenSocket(addr, cfg.Backlog, cfg.ReusePort)
		if err != nil {
			closeAll(fds)
			return nil, err
		}
		fds = append(fds, fd)
		addr = address(unix.Getsockname(fd))
	}
	return fds, nil
}

// listenOn gives listening sockets to loops.
func (e *Engine) listenOn(cfg *ListenConfig, fds []int, start func(*listener) error) (*Listening, error) {
	if cfg.Limit == nil {
		cfg.Limit = NewLimit(0)
	}
	cfg.Kernel = cfg.Kernel && len(fds) >= len(e.loops) // else some loop would have nobody
	ls := &Listening{addr: address(unix.Getsockname(fds[0]))}
	for i, fd := range fds {
		ls.sockets = append(ls.sockets, &listener{loop: e.loops[i%len(e.loops)], fd: fd, cfg: cfg})
	}
	for _, lis := range ls.sockets {
		err := os.NewSyscallError("listen", unix.Listen(lis.fd, cfg.Backlog)) // another one may have opened it
		if err == nil {
			err = start(lis)
		}
		if err != nil {
			for _, lis := range ls.sockets {
				lis.abandon()
			}
			return nil, err
		}
	}
	return ls, nil
}

// Sockets are the listening descriptors, which stay the engine's.
func (ls *Listening) Sockets() []int {
	var fds []int
	for _, lis := range ls.sockets {
		fds = append(fds, lis.fd)
	}
	return fds
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
}

// Addr is the address listened on, with the port the kernel chose.
func (ls *Listening) Addr() netip.AddrPort { return ls.addr }

// Close stops accepting and returns when the sockets are closed. Connections
// that wait in their backlogs are reset by the kernel.
func (ls *Listening) Close() {
	for _, lis := range ls.sockets {
		if !lis.loop.Call(lis.stop) {
			lis.abandon()
		}
	}
	ls.sockets = nil
}

func (lis *listener) start() error {
	l := lis.loop
	lis.slot = l.slots.take()
	l.slots.at(lis.slot).lis = lis
	lis.retry.Fire = lis.resume
	return l.drv.Listen(lis.fd, lis.slot, !l.frozen)
}

func (lis *listener) stop() {
	if lis.closed {
		return
	}
	lis.closed = true
	l := lis.loop
	if lis.slot != 0 {
		l.Disarm(&lis.retry)
		l.drv.Unlisten(lis.fd, lis.slot)
		l.slots.give(lis.slot)
	}
	_ = unix.Close(lis.fd)
}

// abandon closes the socket of a loop that has ended.
func (lis *listener) abandon() {
	if !lis.closed {
		lis.closed = true
		_ = unix.Close(lis.fd)
	}
}

// pause leaves the socket alone; resume looks at it again.
func (lis *listener) pause() {
	// Changing what is watched cannot fail but by a broken invariant of ours.
	if err := lis.loop.drv.Listen(lis.fd, lis.slot, false); err != nil {
		panic("engine: pausing a listener: " + err.Error())
	}
}

func (lis *listener) resume() {
	if lis.closed || lis.loop.frozen {
		return // the second: it is resumed with all others
	}
	if err := lis.loop.drv.Listen(lis.fd, lis.slot, true); err != nil {
		panic("engine: resuming a listener: " + err.Error())
	}
}

// acceptable lets in who waits, as far as there are places.
func (lis *listener) acceptable() {
	for range acceptBatch {
		if ok, wait := lis.cfg.Limit.take(lis, lis.loop.now); !ok {
			lis.pause()
			if wait > 0 {
				lis.loop.Arm(&lis.retry, lis.loop.now+max(wait, paceMin.Nanoseconds()))
			}
			return
		}
		fd, from, err := accept(lis.fd)
		if fd < 0 {
			lis.cfg.Limit.untake()
			if err != nil {
				lis.exhausted(err)
			}
			return
		}
		lis.loop.Count.Accepted++
		lis.admit(fd, from)
	}
}

// admit lets somebody in who was accepted, or closes the connection.
func (lis *listener) admit(fd int, from unix.Sockaddr) {
	g, accept := guest{limit: lis.cfg.Limit}, lis.cfg.Accept
	if lis.cfg.Admit != nil {
		a := lis.cfg.Admit(address(from, nil))
		if a.Refused {
			lis.loop.Count.Closed++
			_ = unix.Close(fd)     // nothing is left to be told
			lis.cfg.Limit.untake() // or a flood of those would keep the others waiting
			return
		}
		if a.Accept != nil {
			accept = a.Accept
		}
		if a.Left != nil {
			g.left, accept = a.Left, known(address(from, nil), accept)
		}
	}
	lis.place(fd, g, accept)
}

// known has a connection keep the address it was admitted by: who is counted must
// be found again, and the kernel forgets it when the peer breaks the connection.
func known(from netip.AddrPort, accept func(*Conn) Handler) func(*Conn) Handler {
	return func(c *Conn) Handler {
		c.SetRemoteAddr(from)
		return accept(c)
	}
}

// place gives an accepted descriptor to its loop, which has it from now on as
// far as the next one's choice goes.
func (lis *listener) place(fd int, g guest, accept func(*Conn) Handler) {
	l := lis.home()
	if l == lis.loop {
		l.adopt(fd, g, accept)
		return
	}
	l.claims.Add(1)
	l.Post(func() {
		l.claims.Add(-1)
		l.adopt(fd, g, accept)
	})
}

// home takes a loop's place for one more connection. Of loops that have equally
// few, that is the one whose socket it came in by, which spares it the way; with
// one socket any of them: in turn would put all senders on one loop and all
// receivers on another, where components come in pairs.
func (lis *listener) home() *Loop {
	l := lis.loop
	switch {
	case !lis.cfg.ReusePort:
		return l.eng.toLeast(rand.IntN(len(l.eng.loops)))
	case lis.cfg.Kernel:
		l.load.Add(1)
		return l
	}
	return l.eng.toLeast(l.id)
}

// exhausted: no descriptors or no memory are left. The peers wait in the
// backlog, and we try again a little later.
func (lis *listener) exhausted(err error) {
	l := lis.loop
	l.Count.AcceptErrors++
	l.eng.cfg.Log.Error("accepting failed, pausing", "error", err, "pause", acceptPause)
	lis.pause()
	l.Arm(&lis.retry, l.now+acceptPause.Nanoseconds())
}
