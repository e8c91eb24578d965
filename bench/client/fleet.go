// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"weir/bench/traffic"
)

// Fleet is the connections of one run. Its methods are for one goroutine, but
// for Progress, which is safe for concurrent use.
type Fleet struct {
	cfg       Config
	loops     []*loop
	lanes     []*lane // by flow ID
	conns     []*conn // by connection number
	phase     atomic.Int32
	measuring atomic.Int32 // number of the period, 0 between them
	flooding  atomic.Bool
	dropping  atomic.Int64 // connections from this number on are cut; 0 is none
	running   sync.WaitGroup
}

// New makes a fleet with one connection per name, and a lane for each flow; the
// flows' Source and Target are indexes of names. Nothing is connected yet.
func New(cfg Config, names []string, flows []*traffic.Flow) (*Fleet, error) {
	cfg.fill()
	if err := checkSources(cfg.Addr.Addr(), cfg.First+len(names)); err != nil {
		return nil, err
	}
	if err := RaiseFileLimit(len(names)); err != nil {
		return nil, err
	}
	f := &Fleet{cfg: cfg, conns: make([]*conn, len(names)), lanes: make([]*lane, len(flows))}
	for range cfg.Threads {
		l, err := newLoop(f)
		if err != nil {
			return nil, err
		}
		f.loops = append(f.loops, l)
	}
	home := f.place(len(names), flows)
	for i, name := range names {
		l := home[i]
		c := &conn{id: i, slot: len(l.conns), fd: -1, name: name}
		c.inbox = traffic.Inbox{Conn: i, Flows: flows, Verdict: &l.verdict, Delivered: l.delivered, Answered: l.answered}
		l.conns = append(l.conns, c)
		l.unopened = append(l.unopened, c)
		f.conns[i] = c
	}
	for _, flow := range flows {
		ln := f.newLane(flow)
		home[flow.Source].lanes = append(home[flow.Source].lanes, ln)
		f.lanes[flow.ID] = ln
		if ln.kind == Flood {
			ln.to.drowns = true
		}
		if cfg.Redial {
			ln.from.lanes = append(ln.from.lanes, ln)
			ln.to.lanes = append(ln.to.lanes, ln)
		}
	}
	f.plan()
	return f, nil
}

// ErrOpen is wrapped by the error of Open when a connection could not be opened.
var ErrOpen = errors.New("cannot open all connections")

// Open starts the loops and returns when all connections are up, or one cannot
// be opened. One thread opens after the other, so that with Parallel 1 the order
// is that of the names.
func (f *Fleet) Open(ctx context.Context) error {
	for _, l := range f.loops {
		f.running.Go(l.run)
		for int(l.pub.ups.Load()) < len(l.conns) {
			if l.pub.failed.Load() > 0 {
				return errors.Join(ErrOpen, l.failed)
			}
			if err := sleep(ctx, time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

// Start starts the loops without waiting for connections.
func (f *Fleet) Start() {
	for _, l := range f.loops {
		f.running.Go(l.run)
	}
}

// Run lets the usual lanes send.
func (f *Fleet) Run() { f.enter(phaseRun) }

// Flood lets the flooding lanes begin.
func (f *Fleet) Flood() {
	f.flooding.Store(true)
	f.wakeAll()
}

// Drop cuts all connections from a number above 0 on, at once and without a word.
// With Config.Redial they come back.
func (f *Fleet) Drop(from int) {
	f.dropping.Store(int64(from))
	f.wakeAll()
}

// Measure begins the measured period of this number, the next after the last; 0
// ends the last.
func (f *Fleet) Measure(period int) {
	f.measuring.Store(int32(period))
	f.wakeAll()
}

// quietDrain is how long nothing may arrive before a drain is given up.
const quietDrain = 3 * time.Second

// Prove stops the usual lanes and lets the proof lanes send, and waits until all
// that was sent has a verdict, or nothing has arrived for some seconds.
func (f *Fleet) Prove(ctx context.Context) { f.settle(ctx, phaseProve) }

// Drain stops sending and waits until everything sent has a verdict. It gives up
// when the context ends or nothing has arrived for some seconds.
func (f *Fleet) Drain(ctx context.Context) { f.settle(ctx, phaseDrain) }

func (f *Fleet) settle(ctx context.Context, p phase) {
	f.enter(p)
	var last uint64
	moved := time.Now()
	for !f.settled(p) && time.Since(moved) < quietDrain {
		if sleep(ctx, 2*time.Millisecond) != nil {
			return
		}
		if came := f.came(); came != last {
			last, moved = came, time.Now()
		}
	}
}

// came is how many bytes have arrived, of flooded connections too.
func (f *Fleet) came() (sum uint64) {
	for _, l := range f.loops {
		sum += l.pub.bytesIn.Load()
	}
	return sum
}

func (f *Fleet) settled(p phase) bool {
	for _, l := range f.loops {
		if l.pub.settled.Load() < int32(p) {
			return false
		}
	}
	return true
}

// Close ends all streams and waits for the loops to end. Afterwards Sum is exact.
func (f *Fleet) Close() {
	f.enter(phaseClose)
	f.running.Wait()
}

func (f *Fleet) enter(p phase) {
	f.phase.Store(int32(p))
	f.wakeAll()
}

func (f *Fleet) wakeAll() {
	one := binary.NativeEndian.AppendUint64(nil, 1)
	for _, l := range f.loops {
		_, _ = unix.Write(l.wakeFd, one)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
