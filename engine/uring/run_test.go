// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// The timer has a batch come about when it was asked for, and none when it was
// taken back. One more is allowed for: the wake behind do may come after the
// batch it was meant for.
func TestTimer(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		count := func() (n int, last int64) { // without a batch, as until would have it
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.batches, r.last
		}
		at, was := int64(0), 0
		r.do(func() {
			at = driver.Now() + int64(30*time.Millisecond)
			r.d.Timer(at)
			was = r.batches // its own included
		})
		n, last := count()
		for end := time.Now().Add(patience); last < at && time.Now().Before(end); n, last = count() {
			time.Sleep(time.Millisecond)
		}
		if n == was || n > was+2 || last < at {
			t.Errorf("%d batches for one timer, the last one %d ns after its time", n-was, last-at)
		}
		r.do(func() {
			r.d.Timer(driver.Now() + int64(20*time.Millisecond))
			r.d.Timer(0)
			was = r.batches
		})
		time.Sleep(60 * time.Millisecond)
		if n, _ := count(); n > was+1 {
			t.Error("a batch for a timer that was taken back")
		}
	})
}

// No wake is lost, from however many goroutines.
func TestWake(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 2000 {
					r.do(func() {})
				}
			})
		}
		all.Wait()
	})
}

// A wake after the end touches nothing.
func TestWakeAfterStop(t *testing.T) {
	r := start(t, plans()[0])
	r.stop()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_NONBLOCK); err != nil { // takes the numbers that are free again
		t.Fatal(err)
	}
	for range 100 {
		r.d.woken.Store(false)
		r.d.asleep.Store(true)
		r.d.Wake()
	}
	if n, _ := unix.Read(p[0], make([]byte, 8)); n > 0 {
		t.Error("a wake wrote into a descriptor that is not its own")
	}
	_, _ = unix.Close(p[0]), unix.Close(p[1])
}

// Slots are closed and used again at once, while data comes: everybody gets the
// bytes of his own connection only.
func TestReopenStorm(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		const width, rounds = 32, 40
		gens := make([]uint32, width)
		bad := 0
		r.do(func() {
			r.onData = func(s driver.Slot, b []byte, st driver.Status) {
				tag := byte(s.Index()*31 + s.Generation()*7)
				if len(bytes.Trim(b, string([]byte{tag}))) > 0 {
					bad++
				}
				if len(r.got[s]) > 2000 {
					r.d.Release(s)
				}
			}
		})
		for range rounds {
			peers := make([]int, width)
			for i := range peers {
				gens[i]++
				s := driver.MakeSlot(uint32(i), gens[i])
				peers[i] = r.pair(s)
				r.do(func() { r.d.Recv(s, 0) })
				write(t, peers[i], bytes.Repeat([]byte{byte(uint32(i)*31 + gens[i]*7)}, 3000))
			}
			r.do(func() {
				for i := range peers {
					r.d.Release(driver.MakeSlot(uint32(i), gens[i]))
				}
			})
			r.until("releases", func() bool { return len(r.released) == width*int(gens[0]) })
			for _, fd := range peers {
				_ = unix.Close(fd)
			}
		}
		r.do(func() {
			if bad > 0 {
				t.Errorf("%d pieces went to another's slot", bad)
			}
		})
	})
}

// usage counts the process's descriptors and its mappings that belong to rings.
func usage(t *testing.T) (fds, rings, mapped int) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	return len(list), strings.Count(string(maps), "io_uring"), strings.Count(string(maps), "\n")
}

// Drivers that stop in the middle of everything give all of it back: no
// descriptor, no mapping, and no socket that the kernel keeps open for a request.
func TestStopGivesBack(t *testing.T) {
	for name, p := range kinds() {
		t.Run(name, func(t *testing.T) {
			cycle(t, p) // what the runtime and the test itself need is there after this
			runtime.GC()
			fds, rings, mapped := usage(t)
			for range 5 {
				cycle(t, p)
			}
			if f, r, m := usage(t); f > fds || r > rings || m > mapped+5 {
				t.Errorf("descriptors %d, were %d; ring mappings %d, were %d; mappings %d, were %d", f, fds, r, rings, m, mapped)
			}
		})
	}
}

// cycle starts a driver, gives it much to do, and stops it.
func cycle(t *testing.T, p plan) {
	r := start(t, p)
	const n = 50
	var ours, peers [n]int
	l, _ := listener(t)
	for i := range n {
		ours[i], peers[i] = tcpPair(t)
		r.do(func() {
			_ = r.d.Add(ours[i], slot(i))
			r.d.Recv(slot(i), 0)
			if i%2 == 0 {
				fill(int32(ours[i]))
				r.d.Writable(slot(i))
			}
		})
		write(t, peers[i], pattern(i, 3000))
	}
	r.do(func() { _ = r.d.Listen(l, slot(n), true) })
	r.stop()
	if r.d.flying != 0 {
		t.Errorf("Run returned with %d requests under way", r.d.flying)
	}
	_ = unix.Close(l)
	for i := range n {
		// The last reference: the peer sees the end at once.
		_ = unix.Close(ours[i])
		b := make([]byte, 1<<16)
		if err := unix.SetsockoptTimeval(peers[i], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5}); err != nil {
			t.Fatal(err)
		}
		for {
			if n, err := unix.Read(peers[i], b); n <= 0 {
				if err == unix.EAGAIN {
					t.Fatal("the kernel still holds a socket after Stop")
				}
				break
			}
		}
		_ = unix.Close(peers[i])
	}
}
