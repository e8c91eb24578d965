// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine/epoll"
)

// unitBytes is the size of a small stanza.
const unitBytes = 180

// sink makes a connection that is not on any loop, and a loop to write from:
// what is written goes into a socket pair that drain empties.
func sink(tb testing.TB) (c *Conn, l *Loop, drain func()) {
	tb.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = unix.Close(fds[0])
		_ = unix.Close(fds[1])
	})
	_ = unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_SNDBUF, 1<<20)
	l = &Loop{eng: &Engine{}, drv: nopDriver{}}
	c = &Conn{loop: l, fd: int32(fds[0])}
	buf := make([]byte, 256<<10)
	return c, l, func() {
		for {
			if n, err := unix.Read(fds[1], buf); err != nil || n < len(buf) {
				return
			}
		}
	}
}

// units is a run of n small units.
func units(n int) *Run {
	r := &Run{Src: 1}
	for i := range n {
		r.Bytes = append(r.Bytes, unitText(1, i, unitBytes)...)
		r.Ends = append(r.Ends, uint32(len(r.Bytes)))
	}
	return r
}

// What a stanza costs in the outbox, without the system call: a batch's worth is
// appended, then thrown away.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("%dunits", n), func(b *testing.B) {
			c, l, _ := sink(b)
			o, r := &c.out, units(n)
			var count Counters
			b.SetBytes(int64(len(r.Bytes)))
			b.ReportAllocs()
			for b.Loop() {
				c.Append(l, r)
				if o.queued+len(r.Bytes) >= flushBytes {
					o.consume(o.queued, &count, nil)
					o.state = idle
					l.dirty = l.dirty[:0]
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/unit")
		})
	}
}

// Append, flush and the write itself into a socket pair that is emptied now
// and then.
func BenchmarkAppendAndFlush(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("%dunits", n), func(b *testing.B) {
			c, l, drain := sink(b)
			r := units(n)
			b.SetBytes(int64(len(r.Bytes)))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				c.Append(l, r)
				l.flush()
				if i += len(r.Bytes); i > 128<<10 {
					i = 0
					drain()
				}
			}
		})
	}
}

// From one peer through a loop to another: the whole engine, without parsing.
func BenchmarkForward(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("%dunits", n), func(b *testing.B) {
			e := newEngine(b, epoll.New, Config{Loops: 1})
			r := units(n)
			to := connect(b, e.loops[0], &user{})
			from := connect(b, e.loops[0], new(user))
			on(b, e.loops[0], func() { from.c.h = forwarder{from.c, to.c, r} })
			in := make([]byte, len(r.Bytes))
			b.SetBytes(int64(len(r.Bytes)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := from.peer.Write(r.Bytes); err != nil {
					b.Fatal(err)
				}
				for k := 0; k < len(in); {
					m, err := to.peer.Read(in[k:])
					if err != nil {
						b.Fatal(err)
					}
					k += m
				}
			}
		})
	}
}

// forwarder takes it that all of a run comes in one read, or forwards what
// comes as one unit.
type forwarder struct {
	c, to *Conn
	r     *Run
}

func (f forwarder) Data(b []byte) {
	r := Run{Bytes: b, Src: f.c.id, Ends: f.r.Ends}
	if len(b) != len(f.r.Bytes) {
		r.Ends = []uint32{uint32(len(b))}
	}
	f.to.Append(f.c.loop, &r)
}

func (forwarder) Resumed()              {}
func (forwarder) End(bool)              {}
func (forwarder) Closing(Cause)         {}
func (forwarder) Closed(*Unsent, Cause) {}
