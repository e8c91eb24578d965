// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
	"weir/engine/epoll"
)

// unitBytes is the size of one forwarded unit: a small stanza.
const unitBytes = 180

// BenchmarkForward sends units through a relay, from one connection of each pair
// to the other, with so many of a pair's units under way at any time. It runs
// the two drivers in turn, in rounds, and reports of each the median processor
// time of a unit, our side only (the load is another process), and the median
// of the rounds' ratios. Other work on the machine spoils single rounds, so
// -benchtime=9x or more is wanted.
func BenchmarkForward(b *testing.B) {
	for _, c := range []struct{ pairs, flight, units int }{
		{16, 64, 400_000}, {16, 1024, 1_500_000}, {256, 64, 400_000}, {256, 1, 60_000}, {1, 1, 15_000},
	} {
		b.Run(fmt.Sprintf("pairs=%d/flight=%d", c.pairs, c.flight), func(b *testing.B) {
			if _, err := Probe(); err != nil {
				b.Skip("no io_uring here: ", err)
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3)) // as the product does for one loop
			old := newForward(b, epoll.New, c.pairs, c.flight)
			ring := newForward(b, New, c.pairs, c.flight)
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

// forward is a relay on one loop, and the process that loads it.
type forward struct {
	load    io.WriteCloser
	answers *bufio.Scanner
}

func newForward(b *testing.B, drivers func(int) ([]driver.Driver, error), pairs, flight int) *forward {
	opened, err := drivers(1)
	if err != nil {
		b.Fatal(err)
	}
	r := &relay{d: opened[0], sides: make([]*side, 2*pairs), slots: make([]*side, 2*pairs+1)}
	var at unix.Sockaddr
	r.lis, at = listener(b)
	if err := r.d.Listen(r.lis, slot(2*pairs), true); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.d.Run(r) }()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %d", loadEnv, at.(*unix.SockaddrInet4).Port, pairs, flight))
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
		_ = f.load.Close()
		_ = cmd.Wait()
		r.d.Stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		_ = unix.Close(r.lis)
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
