// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// relay is the sink of BenchmarkForward: what comes on one side of a pair is
// written to the other when the batch ends, or when it has become much, as the
// engine does it.
type relay struct {
	d     driver.Driver
	lis   int
	used  int
	slots []*side // by slot index
	sides []*side // by the number that a side gives itself
	dirty []*side
}

// side is one connection.
type side struct {
	slot  driver.Slot
	fd    int
	to    *side
	out   []byte
	dirty bool
	full  bool // the socket took no more
}

// relayBytes is when a side is written at once.
const relayBytes = 64 << 10

func (r *relay) Acceptable(driver.Slot) {
	for {
		fd, _, err := unix.Accept4(r.lis, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		check(unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1))
		s := &side{fd: fd, slot: slot(r.used)}
		r.slots[r.used] = s
		r.used++
		check(r.d.Add(fd, s.slot))
		r.d.Recv(s.slot, 0)
	}
}

func (r *relay) Data(k driver.Slot, b []byte, st driver.Status) {
	s := r.slots[k.Index()]
	switch {
	case st != driver.Open:
		r.d.Release(k)
		return
	case s.to == nil && len(b) >= 4: // which one it is; an odd one says no more
		i := binary.BigEndian.Uint32(b)
		r.sides[i] = s
		if other := r.sides[i^1]; other != nil {
			s.to, other.to = other, s
		}
		r.put(s, b[:4])
		b = b[4:]
	}
	if len(b) > 0 {
		r.put(s.to, b)
	}
}

func (r *relay) put(s *side, b []byte) {
	s.out = append(s.out, b...)
	if !s.dirty {
		s.dirty = true
		r.dirty = append(r.dirty, s)
	}
	if len(s.out) >= relayBytes && !s.full {
		r.write(s)
	}
}

func (r *relay) write(s *side) {
	n, err := unix.Write(s.fd, s.out)
	if err != nil {
		n = 0
	}
	s.out = slices.Delete(s.out, 0, n)
	if s.full = len(s.out) > 0; s.full {
		r.d.Writable(s.slot)
	}
}

func (r *relay) Writable(k driver.Slot) { r.write(r.slots[k.Index()]) }

func (r *relay) EndBatch(int64) {
	for _, s := range r.dirty {
		s.dirty = false
		if len(s.out) > 0 && !s.full {
			r.write(s)
		}
	}
	r.dirty = r.dirty[:0]
}

func (r *relay) Released(_ driver.Slot, fd int) { _ = unix.Close(fd) }
