// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// trialTimeout bounds the trial of a ring. It takes a millisecond; a machine
// that needs longer than this has other troubles.
const trialTimeout = 5 * time.Second

// Probe opens a ring and runs it: a byte through a pair of sockets, and the way
// out. It returns what such a driver can do (Caps.Missing says what a newer
// kernel has on it), or why there is none. A filter of system calls may let a
// ring be made and then forbid its use, so making one proves too little.
func Probe() (driver.Caps, error) {
	drivers, err := New(1)
	if err != nil {
		return driver.Caps{}, err
	}
	d := drivers[0]
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		d.(*Driver).close()
		return driver.Caps{}, os.NewSyscallError("socketpair", err)
	}
	t := &trial{d: d, peer: pair[1], slot: driver.MakeSlot(0, 1), end: driver.Now() + int64(trialTimeout)}
	err = d.Add(pair[0], t.slot)
	if err == nil {
		d.Recv(t.slot, 0)
		d.Timer(t.end)
		err = d.Run(t)
	}
	_, _ = unix.Close(pair[0]), unix.Close(pair[1])
	switch {
	case err != nil:
		return driver.Caps{}, fmt.Errorf("uring: a trial ring failed: %w", err)
	case !t.good:
		return driver.Caps{}, ErrSilent
	}
	return d.Caps(), nil
}

// trial is the sink of a Probe: it sends itself a byte, and leaves when that
// has come and the socket is released.
type trial struct {
	d    driver.Driver
	slot driver.Slot
	peer int
	sent bool
	got  bool
	good bool
	end  int64
}

func (t *trial) Data(s driver.Slot, b []byte, st driver.Status) {
	t.got = st == driver.Open && string(b) == "w"
	t.d.Release(s)
}

func (t *trial) Released(driver.Slot, int) {
	t.good = t.got
	t.d.Stop()
}

func (t *trial) EndBatch(now int64) {
	if !t.sent {
		t.sent = true
		if _, err := unix.Write(t.peer, []byte("w")); err != nil {
			t.d.Stop()
		}
	}
	if now >= t.end {
		t.d.Stop()
		return
	}
	t.d.Timer(t.end)
}

func (t *trial) Acceptable(driver.Slot) {}
func (t *trial) Writable(driver.Slot)   {}
