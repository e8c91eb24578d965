// SPDX-License-Identifier: Apache-2.0

package epoll

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// Slots that the engine cannot use: the generation 0 is never given out.
var (
	slotWake  = driver.MakeSlot(0xffffffff, 0)
	slotTimer = driver.MakeSlot(0xfffffffe, 0)
)

// Driver is one loop's epoll set. It is owned by its loop; Wake and Stop are
// safe for concurrent use.
type Driver struct {
	epfd, wakefd, timerfd int
	wakes                 sync.RWMutex // wakefd is not closed under somebody who writes to it

	sink     driver.Sink
	group    *group
	entries  []entry
	released []driver.Slot // to be told at the end of the batch
	armed    int64         // when the timer fires; 0: not at all

	events [driver.BatchEvents]unix.EpollEvent
	buf    []byte // every read of this loop lands here; its content lives for one Data call

	met     bool        // the first batch has been at the barrier
	stopped atomic.Bool // Stop was called
	once    sync.Once   // guards what follows
	done    chan struct{}
	failed  error
}

func newDriver(g *group) (*Driver, error) {
	d := &Driver{epfd: -1, wakefd: -1, timerfd: -1, group: g, done: make(chan struct{}), buf: make([]byte, driver.ReadBytes)}
	if err := d.open(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *Driver) open() (err error) {
	if d.epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	if d.wakefd, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	if d.timerfd, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return os.NewSyscallError("timerfd_create", err)
	}
	wake, timer := event(slotWake, unix.EPOLLIN), event(slotTimer, unix.EPOLLIN)
	return errors.Join(
		epollCtl(d.epfd, unix.EPOLL_CTL_ADD, d.wakefd, &wake),
		epollCtl(d.epfd, unix.EPOLL_CTL_ADD, d.timerfd, &timer))
}

func (d *Driver) close() {
	d.wakes.Lock()
	defer d.wakes.Unlock()
	for _, fd := range []*int{&d.timerfd, &d.wakefd, &d.epfd} {
		if *fd >= 0 {
			_ = unix.Close(*fd)
			*fd = -1
		}
	}
}

// Wake implements driver.Driver. An eventfd of ours cannot fail but by being
// full, and then the loop is about to wake anyway. Once Run has returned the
// number may be somebody else's descriptor.
func (d *Driver) Wake() {
	d.wakes.RLock()
	defer d.wakes.RUnlock()
	if d.wakefd < 0 {
		return
	}
	one := uint64(1)
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, uintptr(d.wakefd), uintptr(unsafe.Pointer(&one)), 8)
}

// Stop implements driver.Driver.
func (d *Driver) Stop() {
	d.stopped.Store(true)
	d.Wake()
}

// Listen implements driver.Driver.
func (d *Driver) Listen(fd int, s driver.Slot, on bool) error {
	mask := uint32(0)
	if on {
		mask = unix.EPOLLIN
	}
	if e := d.at(s); e != nil {
		d.watch(s, e, mask)
		return nil
	}
	return d.enter(fd, s, mask, true)
}

// Unlisten implements driver.Driver.
func (d *Driver) Unlisten(fd int, s driver.Slot) {
	if e := d.at(s); e != nil {
		d.forget(e)
	}
}

// Add implements driver.Driver.
func (d *Driver) Add(fd int, s driver.Slot) error { return d.enter(fd, s, 0, false) }

// Recv implements driver.Driver.
func (d *Driver) Recv(s driver.Slot, max int) {
	if e := d.at(s); e != nil {
		e.max = int32(min(max, driver.ReadBytes))
		d.watch(s, e, e.mask|unix.EPOLLIN|unix.EPOLLRDHUP)
	}
}

// Hold implements driver.Driver.
func (d *Driver) Hold(s driver.Slot) {
	if e := d.at(s); e != nil {
		d.watch(s, e, e.mask&^(unix.EPOLLIN|unix.EPOLLRDHUP))
	}
}

// Writable implements driver.Driver.
func (d *Driver) Writable(s driver.Slot) {
	if e := d.at(s); e != nil {
		d.watch(s, e, e.mask|unix.EPOLLOUT)
	}
}

// Release implements driver.Driver. The descriptor stays open, and the slot
// known, until the end of the batch: no event of this batch can then name a
// descriptor that has been given out anew.
func (d *Driver) Release(s driver.Slot) {
	if e := d.at(s); e != nil {
		d.forget(e)
		d.released = append(d.released, s)
	}
}

// Detach implements driver.Driver: what has not been read is in the socket.
func (d *Driver) Detach(s driver.Slot) { d.Release(s) }

func (d *Driver) forget(e *entry) {
	e.live = false
	if !e.unwatched {
		d.remove(e)
	}
}

// Timer implements driver.Driver.
func (d *Driver) Timer(at int64) {
	if at == d.armed {
		return
	}
	d.armed = at
	var spec unix.ItimerSpec
	if at != 0 {
		spec.Value = unix.NsecToTimespec(max(at-driver.Now(), 1)) // 0 would disarm
	}
	if err := unix.TimerfdSettime(d.timerfd, 0, &spec, nil); err != nil {
		panic(fmt.Sprintf("epoll: setting the timer: %v", err))
	}
}

// Caps implements driver.Driver.
func (d *Driver) Caps() driver.Caps { return driver.Caps{Name: "epoll"} }
