// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// pattern is bytes that tell where they belong.
func pattern(seed, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte((i*7 + seed*13) ^ (i >> 8))
	}
	return b
}

// More than all buffers hold comes through in order.
func TestStream(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		peer := r.pair(slot(3))
		r.do(func() { r.d.Recv(slot(3), 0) })
		want := pattern(1, 6<<20)
		write(t, peer, want)
		_ = unix.Close(peer)
		r.until("the end", func() bool { return r.status[slot(3)] == driver.End })
		r.do(func() {
			if !bytes.Equal(r.got[slot(3)], want) {
				t.Errorf("got %d bytes, not those sent", len(r.got[slot(3)]))
			}
			if r.most > driver.BatchEvents {
				t.Errorf("%d events in a batch", r.most)
			}
		})
	})
}

// A thousand peers send at once, each more than its share of the buffers, and
// half of them are held: nobody starves, nobody gets another's bytes.
func TestStarvation(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		const n, size = 1000, 64 << 10
		peers := make([]int, n)
		for i := range peers {
			peers[i] = r.pair(slot(i))
			if err := unix.SetsockoptInt(peers[i], unix.SOL_SOCKET, unix.SO_SNDBUF, 4*size); err != nil {
				t.Fatal(err)
			}
			write(t, peers[i], pattern(i, size))
		}
		r.do(func() {
			for i := range peers {
				r.d.Recv(slot(i), 0)
			}
		})
		r.do(func() {
			for i := 1; i < n; i += 2 {
				r.d.Hold(slot(i))
			}
		})
		r.until("what is not held", func() bool { return complete(r, 0, n, 2, size) })
		r.do(func() {
			for i := 1; i < n; i += 2 {
				r.d.Recv(slot(i), 0)
			}
		})
		r.until("the rest", func() bool { return complete(r, 0, n, 1, size) })
		r.do(func() {
			for i := range peers {
				if !bytes.Equal(r.got[slot(i)], pattern(i, size)) {
					t.Errorf("slot %d: not its bytes", i)
				}
				r.d.Release(slot(i))
			}
		})
		r.until("releases", func() bool { return len(r.released) == n })
		for _, fd := range peers {
			_ = unix.Close(fd)
		}
	})
}

func complete(r *rig, from, to, step, size int) bool {
	for i := from; i < to; i += step {
		if len(r.got[slot(i)]) < size {
			return false
		}
	}
	return true
}

// A held slot gets no more than Caps.Late, however much its peer has sent, and
// goes on where it stopped.
func TestHold(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		const size = 12 << 20
		peer := r.pair(slot(0))
		held := -1
		r.do(func() {
			r.onData = func(s driver.Slot, b []byte, st driver.Status) {
				if held < 0 && len(r.got[s]) > 100<<10 {
					held = len(r.got[s])
					r.d.Hold(s)
				}
			}
			r.d.Recv(slot(0), 0)
		})
		want := pattern(2, size)
		go func() {
			write(t, peer, want)
			_ = unix.Close(peer)
		}()
		r.until("the hold", func() bool { return held >= 0 && r.d.entries[0].armed == none })
		before := 0
		r.do(func() { before = len(r.got[slot(0)]) })
		other := r.pair(slot(1)) // some traffic, so that the ring would have had its chances
		for range 20 {
			r.do(func() { r.d.Recv(slot(1), 1) })
			write(t, other, []byte("x"))
		}
		r.until("the other", func() bool { return len(r.got[slot(1)]) >= 1 })
		r.do(func() {
			if n := len(r.got[slot(0)]); n != before || n-held > r.d.Caps().Late {
				t.Errorf("%d bytes late, and %d after that; the promise is %d", before-held, n-before, r.d.Caps().Late)
			}
			r.d.Recv(slot(0), 0)
		})
		r.until("the end", func() bool { return r.status[slot(0)] == driver.End })
		r.do(func() {
			if !bytes.Equal(r.got[slot(0)], want) {
				t.Error("bytes were lost or moved by the hold")
			}
		})
		_ = unix.Close(other)
	})
}

// Hold and Recv again, in every order and in one batch with the data.
func TestHoldResume(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		const size = 3 << 20
		peer := r.pair(slot(0))
		n := 0
		r.do(func() {
			r.onData = func(s driver.Slot, b []byte, st driver.Status) {
				switch n++; n % 5 {
				case 0:
					r.d.Hold(s)
					r.d.Recv(s, 0)
				case 1:
					r.d.Recv(s, 1000)
				case 2:
					r.d.Hold(s)
					r.mu.Lock()
					r.posts = append(r.posts, func() { r.d.Recv(s, 0) })
					r.mu.Unlock()
					r.d.Wake()
				case 3:
					r.d.Recv(s, 10)
				case 4:
					r.d.Recv(s, 0)
				}
			}
			r.d.Recv(slot(0), 0)
		})
		want := pattern(3, size)
		for i := 0; i < size; i += 1 << 14 {
			write(t, peer, want[i:i+1<<14])
		}
		_ = unix.Close(peer)
		r.until("the end", func() bool { return r.status[slot(0)] == driver.End })
		r.do(func() {
			if !bytes.Equal(r.got[slot(0)], want) {
				t.Error("bytes were lost or moved")
			}
		})
	})
}

// One read of at most so many bytes, and no more until the next is asked for.
func TestBite(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		peer := r.pair(slot(0))
		want := pattern(4, 10000)
		write(t, peer, want)
		for n := 0; n < len(want); {
			r.do(func() { r.d.Recv(slot(0), 333) })
			r.until("a bite", func() bool { return len(r.got[slot(0)]) > n })
			r.do(func() {
				if got := len(r.got[slot(0)]) - n; got > 333 {
					t.Fatalf("a bite of %d bytes", got)
				}
				n = len(r.got[slot(0)])
				if r.d.entries[0].armed != none || r.d.entries[0].want != none {
					t.Fatal("the slot is not held after its bite")
				}
			})
		}
		if r.do(func() {}); !bytes.Equal(r.got[slot(0)], want) {
			t.Error("not the bytes sent")
		}
		_ = unix.Close(peer)
	})
}

// Release while everything is under way: the descriptor comes back once, and
// nothing of the slot after that.
func TestReleaseUnderway(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		const n = 300
		peers := make([]int, n)
		r.do(func() {
			r.onData = func(s driver.Slot, b []byte, st driver.Status) {
				if s.Index()%3 == 0 {
					r.d.Release(s)
				}
			}
		})
		for i := range peers {
			peers[i] = r.pair(slot(i))
			r.do(func() {
				r.d.Recv(slot(i), 0)
				if i%2 == 0 {
					fill(r.d.entries[i].fd)
					r.d.Writable(slot(i))
				}
			})
			if i%4 != 1 {
				write(t, peers[i], pattern(i, 5000))
			}
		}
		r.do(func() {
			for i := range peers {
				r.d.Release(slot(i)) // of those released already: nothing
			}
		})
		r.until("releases", func() bool { return len(r.released) == n })
		r.do(func() {
			if r.d.flying != 1+boolInt(r.d.watched) {
				t.Errorf("%d requests are under way still", r.d.flying)
			}
		})
		for _, fd := range peers {
			_ = unix.Close(fd)
		}
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fill writes until the socket takes no more.
func fill(fd int32) {
	b := make([]byte, 64<<10)
	for {
		if _, err := unix.Write(int(fd), b); err != nil {
			return
		}
	}
}

// One report for each wish, when the peer has made room.
func TestWritable(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		peer := r.pair(slot(0))
		told := 0
		r.do(func() {
			r.onWritable = func(driver.Slot) { told++ }
			fill(r.d.entries[0].fd)
			r.d.Writable(slot(0))
		})
		r.do(func() {
			if told != 0 {
				t.Error("a full socket was said to be writable")
			}
		})
		for b := make([]byte, 1<<20); ; {
			if n, _, err := unix.Recvfrom(peer, b, unix.MSG_DONTWAIT); err != nil || n <= 0 {
				break
			}
		}
		r.until("room", func() bool { return told == 1 })
		r.do(func() { r.d.Writable(slot(0)) })
		r.until("room again", func() bool { return told == 2 })
		_ = unix.Close(peer)
	})
}

// A broken connection is told of as such.
func TestFailed(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		a, b := tcpPair(t)
		r.do(func() {
			_ = r.d.Add(a, slot(0))
			r.d.Recv(slot(0), 0)
		})
		_ = unix.SetsockoptLinger(b, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		_ = unix.Close(b)
		r.until("the failure", func() bool { return r.status[slot(0)] == driver.Failed })
	})
}
