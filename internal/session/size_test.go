// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/table"
)

// liveBytesMax is what one idle component may keep alive: its connection, its
// session with the scanner in it, its name and its place in the table.
const liveBytesMax = 800

// heapBytesMax is what that comes to in the heap, with the sizes in which memory
// is given out, the room that maps keep, and the addresses it was last seen with.
const heapBytesMax = 1250

// TestSizes says what each part costs, so that whoever makes one larger sees it
// here first.
func TestSizes(t *testing.T) {
	const pointer = 8
	parts := []struct {
		name string
		size uintptr
	}{
		{"session, stream machine and scanner", unsafe.Sizeof(downstream{})},
		{"connection and its outbox", unsafe.Sizeof(engine.Conn{})},
		{"instance", unsafe.Sizeof(table.Instance{})},
		{"name", unsafe.Sizeof(table.Name{})},
		{"set", unsafe.Sizeof(table.Set{})},
		{"entry in the table: key and pointer", unsafe.Sizeof("") + pointer},
		{"entry in the engine: number and pointer", 4 + pointer},
		{"slot", 4*pointer - 4},
		{"the name itself", uintptr(len("component-1234.example.org"))},
	}
	sum := uintptr(0)
	for _, p := range parts {
		t.Logf("%4d  %s", p.size, p.name)
		sum += p.size
	}
	t.Logf("%4d  together, of %d", sum, liveBytesMax)
	if sum > liveBytesMax {
		t.Errorf("an idle component keeps %d bytes, at most %d are allowed", sum, liveBytesMax)
	}
}

// TestIdleHeap measures it: what the heap grows by for each of many components
// that have joined, have each sent and been sent one stanza, and are idle.
func TestIdleHeap(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measures the heap")
	}
	const components = 5000
	b := newBed(t, usual())
	b.join(0, "first.example").joined()
	fds := make([]int, 0, components)
	defer func() {
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
	}()
	before := heap()
	for i := range components {
		p := b.open(b.loops[0], b.lis)
		p.negotiate(fmt.Sprintf("component-%04d.example.org", i), "").joined()
		p.says(msg(p.name, p.name, "1"))
		p.wants(msg(p.name, p.name, "1"))
		fds = append(fds, p.fd)
		b.log.Reset()
	}
	const bed = 100 // what the bed's driver itself keeps of each, in three maps
	each := (heap() - before) / components
	t.Logf("%d bytes for each component, of which some %d are the bed's", each, bed)
	if each-bed > heapBytesMax {
		t.Errorf("an idle component keeps %d bytes of heap", each-bed)
	}
	runtime.KeepAlive(b)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
