// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// Driver is one loop's ring. It is owned by its loop; Wake and Stop are safe for
// concurrent use.
type Driver struct {
	plan plan
	ring *ring
	bufs *buffers
	sink driver.Sink
	buf  []byte // for floods

	entries  []entry
	marked   []uint32 // entries to be settled
	starved  []uint32 // entries whose receive found no buffer
	released []uint32 // entries whose release is to be told
	flying   int      // requests that have not ended
	timer    int64    // when a batch is due; 0: none

	listeners int // registered listening sockets
	listenfd  int // the epoll set they are in
	watched   bool
	events    [driver.BatchEvents]unix.EpollEvent

	stopped atomic.Bool
	woken   atomic.Bool // a batch is due
	asleep  atomic.Bool // and it takes a write to wakefd
	wake    struct {
		sync.Mutex
		fd int // -1 when closed: its number may be somebody else's by then
	}
}

// open makes a driver on a ring of one kind.
func open(p plan) (*Driver, error) {
	d := &Driver{plan: p, listenfd: -1, buf: make([]byte, driver.ReadBytes)}
	d.wake.fd = -1
	// The engine expects a first batch without having asked.
	d.woken.Store(true)
	if err := d.open(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *Driver) open() (err error) {
	if d.ring, err = newRing(d.plan.flags, d.plan.requests, d.plan.completions); err != nil {
		return err
	}
	if d.bufs, err = newBuffers(d.ring, d.plan.buffers, d.plan.size, d.plan.inc); err != nil {
		return err
	}
	if d.wake.fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	if d.listenfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	return nil
}

// close gives everything back; nothing may be under way.
func (d *Driver) close() {
	if d.ring != nil {
		d.ring.close()
	}
	if d.bufs != nil {
		d.bufs.close()
	}
	if d.listenfd >= 0 {
		_ = unix.Close(d.listenfd)
	}
	d.wake.Lock()
	defer d.wake.Unlock()
	if d.wake.fd >= 0 {
		_ = unix.Close(d.wake.fd)
		d.wake.fd = -1
	}
}

// Add implements driver.Driver.
func (d *Driver) Add(fd int, s driver.Slot) error {
	if fd < 0 {
		return os.NewSyscallError("io_uring", unix.EBADF)
	}
	d.enter(fd, s)
	return nil
}

// Recv implements driver.Driver.
func (d *Driver) Recv(s driver.Slot, max int) {
	if e := d.at(s); e != nil && !e.ended && !e.leaving {
		e.want = stream
		if max > 0 {
			e.want = reading(min(max, driver.ReadBytes))
		}
		d.mark(s.Index(), e)
	}
}

// Hold implements driver.Driver. What the kernel has received already, at most
// all buffers full, still comes.
func (d *Driver) Hold(s driver.Slot) {
	if e := d.at(s); e != nil {
		e.want = none
		d.mark(s.Index(), e)
	}
}

// Writable implements driver.Driver.
func (d *Driver) Writable(s driver.Slot) {
	if e := d.at(s); e != nil && !e.leaving {
		e.wantWrite = true
		d.mark(s.Index(), e)
	}
}

// Release implements driver.Driver.
func (d *Driver) Release(s driver.Slot) {
	if e := d.at(s); e != nil {
		e.live, e.leaving = false, true
		e.want, e.wantWrite = none, false
		d.mark(s.Index(), e)
	}
}

// Detach implements driver.Driver. The slot stays live until the kernel holds
// nothing of it, so that what it has received is handed over.
func (d *Driver) Detach(s driver.Slot) {
	if e := d.at(s); e != nil {
		e.leaving = true
		e.want, e.wantWrite = none, false
		d.mark(s.Index(), e)
	}
}

// Timer implements driver.Driver. The ring waits no longer than until then.
func (d *Driver) Timer(at int64) { d.timer = at }

// Caps implements driver.Driver.
func (d *Driver) Caps() driver.Caps {
	return driver.Caps{Name: "io_uring", Late: d.plan.bytes(), Missing: d.plan.missing}
}
