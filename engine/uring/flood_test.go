// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"bytes"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// A stream becomes a flood when its reads are full, and a stream again when they
// are small, and loses nothing by either, nor by being held as a flood.
func TestFlood(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		peer := r.pair(slot(0))
		flooded := false
		r.do(func() {
			r.onData = func(s driver.Slot, b []byte, st driver.Status) {
				if len(b) > driver.ReadBytes {
					t.Errorf("Data of %d bytes", len(b))
				}
				flooded = flooded || r.d.entries[0].flood
				if len(r.got[s])%7 == 0 {
					r.d.Hold(s)
				}
			}
			r.atEnd = func() { r.d.Recv(slot(0), 0) }
		})
		if err := unix.SetsockoptInt(peer, unix.SOL_SOCKET, unix.SO_SNDBUF, 4<<20); err != nil {
			t.Fatal(err)
		}
		want := pattern(5, 8<<20)
		half := len(want) / 2
		go write(t, peer, want[:half])
		r.until("the flood", func() bool { return len(r.got[slot(0)]) == half })
		sent := half
		for end := time.Now().Add(patience); ; {
			flood := true
			r.do(func() { flood = r.d.entries[0].flood })
			if !flood {
				break
			}
			if time.Now().After(end) || sent-half > 1000 {
				t.Fatal("a flood for ever")
			}
			write(t, peer, want[sent:sent+10])
			sent += 10
			r.until("a few bytes", func() bool { return len(r.got[slot(0)]) == sent })
		}
		go func() {
			write(t, peer, want[sent:])
			_ = unix.Close(peer)
		}()
		r.until("the end", func() bool { return r.status[slot(0)] == driver.End })
		r.do(func() {
			if !bytes.Equal(r.got[slot(0)], want) {
				t.Error("bytes were lost or moved")
			}
			if !flooded {
				t.Error("there was no flood")
			}
		})
	})
}

// A flood that is released, or bitten off, leaves nothing behind.
func TestFloodEnds(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		peer := r.pair(slot(0))
		want := pattern(6, 100)
		r.do(func() {
			r.d.entries[0].flood = true
			r.d.Recv(slot(0), 0)
		})
		r.do(func() {})
		r.do(func() {
			if r.d.entries[0].armed != readable {
				t.Errorf("armed as %d, not as readable", r.d.entries[0].armed)
			}
			r.d.Recv(slot(0), 60)
		})
		r.until("the change to a bite", func() bool { return r.d.entries[0].armed == 60 })
		write(t, peer, want)
		r.until("the bite", func() bool { return len(r.got[slot(0)]) > 0 })
		r.do(func() { r.d.Recv(slot(0), 0) })
		r.until("the rest", func() bool { return bytes.Equal(r.got[slot(0)], want) })
		r.do(func() { r.d.Release(slot(0)) })
		r.until("the release", func() bool { return len(r.released) == 1 })
		_ = unix.Close(peer)
	})
}
