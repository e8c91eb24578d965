// SPDX-License-Identifier: Apache-2.0

package uring_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/engine/driver"
	"weir/engine/epoll"
	"weir/engine/uring"
)

// unitBytes is the size of one forwarded unit: a small stanza.
const unitBytes = 180

// BenchmarkForward sends units through an engine, from one connection of each
// pair to the other, with so many of a pair's units under way at any time. It
// runs the two drivers in turn, in rounds, and reports of each the median
// processor time of a unit, our side only (the load is another process), and
// the median of the rounds' ratios. Other work on the machine spoils single
// rounds, so -benchtime=9x or more is wanted.
func BenchmarkForward(b *testing.B) {
	for _, c := range []struct{ pairs, flight, units int }{
		{16, 64, 400_000}, {16, 1024, 1_500_000}, {256, 64, 400_000}, {256, 1, 60_000}, {1, 1, 15_000},
	} {
		b.Run(fmt.Sprintf("pairs=%d/flight=%d", c.pairs, c.flight), func(b *testing.B) {
			if _, err := uring.Probe(); err != nil {
				b.Skip("no io_uring here: ", err)
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3)) // as the product does for one loop
			old := newForward(b, epoll.New, c.pairs, c.flight)
			ring := newForward(b, uring.New, c.pairs, c.flight)
			old.round(b, c.units/4)
			ring.round(b, c.units/4)
			var olds, rings, ratios, times []float64
			for i := 0; b.Loop(); i++ {
				var o, r cost
				if i%2 == 0 {
					o, r = old.round(b, c.units), ring.round(b, c.units)
				} else {
					r, o = ring.round(b, c.units), old.round(b, c.units)
				}
				olds, rings = append(olds, o.cpu), append(rings, r.cpu)
				ratios, times = append(ratios, r.cpu/o.cpu), append(times, r.time/o.time)
			}
			b.ReportMetric(median(olds), "epoll-cpu-ns/unit")
			b.ReportMetric(median(rings), "uring-cpu-ns/unit")
			b.ReportMetric(median(ratios), "cpu-ratio")
			b.ReportMetric(median(times), "time-ratio")
		})
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// cost is what one unit took, in nanoseconds.
type cost struct{ cpu, time float64 }

// forward is an engine with one loop, and the process that loads it.
type forward struct {
	load    io.WriteCloser
	answers *bufio.Scanner
}

func newForward(b *testing.B, drivers func(int) ([]driver.Driver, error), pairs, flight int) *forward {
	e, err := engine.New(engine.Config{
		Loops: 1, Drivers: drivers, Log: slog.New(slog.DiscardHandler),
		LowBytes: 256 << 10, StallTimeout: time.Minute, DrainTimeout: time.Second, LingerTimeout: time.Second,
		NewGate: func(*engine.Conn) engine.Gate { return open{} },
	})
	if err != nil {
		b.Fatal(err)
	}
	e.Start()
	ends := make([]*end, 2*pairs) // owned by the loop
	ls, err := e.Listen(engine.ListenConfig{
		Addr: netip.MustParseAddrPort("127.0.0.1:0"), Backlog: 1024, Limit: engine.NewLimit(1 << 20),
		Accept: func(c *engine.Conn) engine.Handler { return &end{c: c, all: ends} },
	})
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d", loadEnv, ls.Addr(), pairs, flight))
	cmd.Stderr = os.Stderr
	f := &forward{}
	if f.load, err = cmd.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	f.answers = bufio.NewScanner(out)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		f.load.Close()
		_ = cmd.Wait()
		ls.Close()
		if err := e.Stop(); err != nil {
			b.Error(err)
		}
	})
	return f
}

// round sends units of all pairs together and says what each cost.
func (f *forward) round(b *testing.B, units int) cost {
	before := processorTime()
	fmt.Fprintln(f.load, units)
	if !f.answers.Scan() {
		b.Fatal("the load has ended")
	}
	took := processorTime() - before
	elapsed, err := strconv.Atoi(f.answers.Text())
	if err != nil {
		b.Fatal(err)
	}
	return cost{cpu: float64(took) / float64(units), time: float64(elapsed) / float64(units)}
}

func processorTime() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// open admits everything: what is under way is bounded by the load.
type open struct{}

func (open) Admit(uint32, int, int) engine.Verdict { return engine.Queued }
func (open) Low()                                  {}

// end is one side of a pair. Its first four bytes say which; then, on an even
// side, what comes goes to the other.
type end struct {
	c    *engine.Conn
	all  []*end
	to   *end
	told bool
	part int // of the unit that the last read ended in
	ends []uint32
}

func (h *end) Data(b []byte) {
	if !h.told {
		h.told = true
		i := binary.BigEndian.Uint32(b)
		h.all[i] = h
		h.c.Write(h.c.Loop(), b[:4])
		b = b[4:]
		h.to = h.all[i^1]
		if h.to != nil {
			h.to.to = h
		}
	}
	if len(b) == 0 {
		return
	}
	h.ends = h.ends[:0]
	for at := unitBytes - h.part; at < len(b); at += unitBytes {
		h.ends = append(h.ends, uint32(at))
	}
	h.ends = append(h.ends, uint32(len(b)))
	h.part = (h.part + len(b)) % unitBytes
	h.to.c.Append(h.c.Loop(), &engine.Run{Bytes: b, Ends: h.ends, Src: h.c.ID()})
}

func (h *end) Resumed()                            {}
func (h *end) Closing(engine.Cause)                {}
func (h *end) End(failed bool)                     { h.c.Abort(engine.CausePeer) }
func (h *end) Closed(*engine.Unsent, engine.Cause) {}
