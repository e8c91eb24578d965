// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// leaveTimeout bounds what Run waits, in the end, for the kernel to give up the
// requests still under way. It takes microseconds.
const leaveTimeout = time.Second

// Run implements driver.Driver. The ring takes requests from one thread only,
// so the goroutine is bound to its own.
func (d *Driver) Run(sink driver.Sink) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer d.close()
	driver.ShortSlice()
	d.sink = sink
	if err := d.ring.enable(); err != nil {
		return err
	}
	d.watchWake()
	for !d.stopped.Load() {
		if err := d.wait(); err != nil {
			return err
		}
		d.batch()
	}
	return d.leave()
}

// wait asks for what is wanted and waits until there is something to hand over.
func (d *Driver) wait() error {
	if d.ring.pending() {
		return nil // more than the last batch took
	}
	all := d.settle()
	d.bufs.publish()
	if !all || len(d.released) > 0 {
		return d.ring.enter(false, 0)
	}
	timeout := int64(-1)
	if d.timer != 0 {
		timeout = max(d.timer-driver.Now(), 0)
	}
	d.asleep.Store(true)
	err := d.ring.enter(timeout != 0 && !d.woken.Load(), timeout)
	d.asleep.Store(false)
	return err
}

// Wake implements driver.Driver. The system call is made for a loop that
// sleeps, once.
func (d *Driver) Wake() {
	if d.woken.Swap(true) || !d.asleep.Load() {
		return
	}
	d.wake.Lock()
	defer d.wake.Unlock()
	if d.wake.fd >= 0 {
		one := uint64(1)
		_, _, _ = unix.RawSyscall(unix.SYS_WRITE, uintptr(d.wake.fd), uintptr(unsafe.Pointer(&one)), 8)
	}
}

// watchWake asks for a completion at each write to the eventfd. Nobody reads
// it: each write is reported, whatever the count was before.
func (d *Driver) watchWake() {
	d.poll(userData(0, 0, kindWake), d.wake.fd, unix.POLLIN, pollMultishot)
}

// Stop implements driver.Driver.
func (d *Driver) Stop() {
	d.stopped.Store(true)
	d.Wake()
}

// leave takes back every request: the kernel must hold no descriptor of the
// engine's and no buffer of ours when Run returns.
func (d *Driver) leave() error {
	for end := driver.Now() + int64(leaveTimeout); d.flying > 0 && driver.Now() < end; {
		if d.ring.room() > 0 {
			q := d.ring.next()
			q.opcode, q.flags, q.fd = opAsyncCancel, sqeCQESkipSuccess, -1
			q.opFlags = cancelAll | cancelAny
			q.user = userData(0, 0, kindUnreceive)
		}
		if err := d.ring.enter(true, int64(leaveTimeout/100)); err != nil {
			return err
		}
		for d.ring.pending() {
			c := d.ring.take()
			d.landed(&c)
		}
	}
	return nil
}
