// SPDX-License-Identifier: Apache-2.0

package drivertest

import "weir/engine/driver"

const (
	// unkindLate is how many bytes come for a slot after it was held.
	unkindLate = 24
	// unkindDelay is by how many batches Released is late.
	unkindDelay = 3
)

// Unkind makes of a driver one that is as unkind as the interface allows: Data
// comes in single bytes, and goes on for a while after Hold; Released comes some
// batches late, an end only when the slot is read; batches end before their
// time and twice; Acceptable comes when nobody waits any more.
func Unkind(d driver.Driver) driver.Driver {
	return &unkind{Driver: d, socks: make(map[driver.Slot]*unkindSock), on: make(map[driver.Slot]bool)}
}

// UnkindAll makes every driver that open makes unkind.
func UnkindAll(open Open) Open {
	return func(loops int) ([]driver.Driver, error) {
		drivers, err := open(loops)
		for i, d := range drivers {
			drivers[i] = Unkind(d)
		}
		return drivers, err
	}
}

// unkind is owned by its loop, but for what it passes on.
type unkind struct {
	driver.Driver
	sink    driver.Sink
	socks   map[driver.Slot]*unkindSock
	on      map[driver.Slot]bool // listening slots
	ready   []*unkindSock        // read again, with something in stock
	leaving []*unkindSock
	events  int
}

type unkindSock struct {
	slot    driver.Slot
	fd      int
	stock   []byte // received and not yet handed over
	end     bool
	failed  bool
	held    bool
	bite    int
	late    int // bytes that may still come though it is held
	giving  bool
	gone    bool
	detach  bool // all of stock comes before Released
	batches int  // until Released is told
}

func (u *unkind) Caps() driver.Caps {
	c := u.Driver.Caps()
	c.Name, c.Late = "unkind "+c.Name, c.Late+unkindLate
	return c
}

func (u *unkind) Run(sink driver.Sink) error {
	u.sink = sink
	return u.Driver.Run(unkindSink{u})
}

func (u *unkind) Listen(fd int, s driver.Slot, on bool) error {
	u.on[s] = on
	return u.Driver.Listen(fd, s, on)
}

func (u *unkind) Unlisten(fd int, s driver.Slot) {
	delete(u.on, s)
	u.Driver.Unlisten(fd, s)
}

func (u *unkind) Add(fd int, s driver.Slot) error {
	u.socks[s] = &unkindSock{slot: s, fd: fd, held: true}
	return u.Driver.Add(fd, s)
}

func (u *unkind) Recv(s driver.Slot, max int) {
	k := u.socks[s]
	k.held, k.bite = false, max
	if len(k.stock) > 0 || k.end || k.failed {
		u.ready = append(u.ready, k)
		u.Wake()
		return
	}
	u.Driver.Recv(s, max)
}

// Hold leaves the driver reading for so many bytes as may come late.
func (u *unkind) Hold(s driver.Slot) {
	k := u.socks[s]
	if !k.held {
		k.held, k.late = true, unkindLate
	}
	if room := k.late - len(k.stock); room > 0 && !k.end && !k.failed {
		u.Driver.Recv(s, room)
		return
	}
	u.Driver.Hold(s)
}

func (u *unkind) Release(s driver.Slot) {
	u.socks[s].gone = true
	u.Driver.Release(s)
}

func (u *unkind) Detach(s driver.Slot) {
	u.socks[s].detach = true
	u.Driver.Detach(s)
}

// unkindSink is what the driver below talks to.
type unkindSink struct{ *unkind }

func (u unkindSink) Acceptable(s driver.Slot) {
	for range 2 {
		if u.on[s] {
			u.count()
			u.sink.Acceptable(s)
		}
	}
}

func (u unkindSink) Data(s driver.Slot, b []byte, st driver.Status) {
	k := u.socks[s]
	k.stock = append(k.stock, b...)
	k.end = k.end || st == driver.End
	k.failed = k.failed || st == driver.Failed
	u.give(k)
}

func (u unkindSink) Writable(s driver.Slot) {
	u.count()
	if !u.socks[s].gone { // count may have ended a batch
		u.sink.Writable(s)
	}
}

func (u unkindSink) Released(s driver.Slot, fd int) {
	k := u.socks[s]
	k.batches = unkindDelay
	u.leaving = append(u.leaving, k)
}

func (u unkindSink) EndBatch(int64) {
	ready := u.ready
	u.ready = nil
	for _, k := range ready {
		u.give(k)
	}
	u.tellReleased()
	u.endBatch()
	u.endBatch()
	if len(u.ready)+len(u.leaving) > 0 {
		u.Wake()
	}
}

func (u *unkind) tellReleased() {
	kept := u.leaving[:0]
	var told []*unkindSock
	for _, k := range u.leaving {
		if k.detach && !k.gone && len(k.stock) > 0 {
			u.give(k)
		}
		if k.batches--; k.batches > 0 {
			kept = append(kept, k)
		} else {
			told = append(told, k)
		}
	}
	clear(u.leaving[len(kept):])
	u.leaving = kept
	for _, k := range told {
		delete(u.socks, k.slot)
		u.sink.Released(k.slot, k.fd)
	}
}

// count ends a batch that is as long as it may be.
func (u *unkind) count() {
	if u.events >= driver.BatchEvents {
		u.endBatch()
	}
	u.events++
}

func (u *unkind) endBatch() {
	u.events = 0
	u.sink.EndBatch(driver.Now())
}

// give hands over what is in stock, byte by byte, as far as the slot is read
// or bytes may come late. The sink may hold, read or release it meanwhile.
func (u *unkind) give(k *unkindSock) {
	if k.giving {
		return
	}
	k.giving = true
	for len(k.stock) > 0 {
		u.count() // may end a batch, which may hold or release
		if !u.may(k) {
			break
		}
		b := [1]byte{k.stock[0]}
		k.stock = k.stock[1:]
		if !k.held && k.bite > 0 {
			k.held, k.late = true, 0
		}
		u.sink.Data(k.slot, b[:], driver.Open)
	}
	k.giving = false
	u.tellEnd(k)
}

// may says whether another byte may come now, and counts it if it is late.
func (u *unkind) may(k *unkindSock) bool {
	switch {
	case k.gone:
		return false
	case k.detach, !k.held:
		return true
	case k.late > 0:
		k.late--
		return true
	}
	return false
}

// tellEnd tells how the slot has ended, once all bytes are out and it is read;
// else it reads on.
func (u *unkind) tellEnd(k *unkindSock) {
	if k.gone || k.held || k.detach || len(k.stock) > 0 {
		return
	}
	st := driver.End
	switch {
	case k.failed:
		st = driver.Failed
	case !k.end:
		u.Driver.Recv(k.slot, k.bite)
		return
	}
	u.count()
	if k.gone || k.held {
		return
	}
	k.end, k.failed = false, false
	u.sink.Data(k.slot, nil, st)
}
