// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"

	"weir/bench/traffic"
)

// Config says whom to connect to and how lanes send.
type Config struct {
	Addr    netip.AddrPort
	Second  netip.AddrPort // where every second name connects, from the second on; zero: Addr
	Secret  string
	TLS     *tls.Config // nil: plain
	Threads int         // loops; 0 is 1

	// Parallel is how many connections are opened at once. With 1 the server
	// accepts them in their order, thread by thread.
	Parallel int
	// Churn closes every connection as soon as it is up, and opens it again.
	Churn bool

	Window int     // closed loop: stanzas of one lane without a verdict
	Burst  int     // stanzas sent at once; 0 is 1
	Rate   float64 // open loop: stanzas a second, all lanes together; 0 is closed loop

	// Flood says which flows send only once Fleet.Flood is called, without a
	// window, to receivers that then read nothing until the drain. They are counted
	// apart, in Totals.Flood.
	Flood func(*traffic.Flow) bool
}

// Fleet is the connections of one run. Its methods are for one goroutine, but
// for Progress, which is safe for concurrent use.
type Fleet struct {
	cfg       Config
	loops     []*loop
	lanes     []*lane // by flow ID
	conns     []*conn // by connection number
	phase     atomic.Int32
	measuring atomic.Bool
	flooding  atomic.Bool
	running   sync.WaitGroup
}

// New makes a fleet with one connection per name, and a lane for each flow; the
// flows' Source and Target are indexes of names. Nothing is connected yet.
func New(cfg Config, names []string, flows []*traffic.Flow) (*Fleet, error) {
	cfg.Threads = max(cfg.Threads, 1)
	cfg.Parallel = max(cfg.Parallel, 1)
	cfg.Burst = max(cfg.Burst, 1)
	if err := checkSources(cfg.Addr.Addr(), len(names)); err != nil {
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
		f.addLane(home[flow.Source], flow)
	}
	for _, l := range f.loops {
		l.plan(len(flows))
	}
	return f, nil
}

func (f *Fleet) addLane(l *loop, flow *traffic.Flow) {
	ln := &lane{flow: flow, from: f.conns[flow.Source], index: len(l.lanes)}
	if f.cfg.Rate == 0 {
		ln.window = uint64(max(f.cfg.Window, 1))
		ln.burst = min(uint64(f.cfg.Burst), ln.window)
	}
	if f.cfg.Flood != nil && f.cfg.Flood(flow) {
		ln.flood, ln.window = true, floodWindow
	}
	l.lanes = append(l.lanes, ln)
	f.lanes[flow.ID] = ln
}

// floodWindow is how many stanzas a flooding lane sends at most: enough to show
// whether a server bounds what it keeps for one receiver, and an end to it.
const floodWindow = 4 << 20

// Flood lets the flooding lanes begin.
func (f *Fleet) Flood() {
	f.flooding.Store(true)
	f.wakeAll()
}

// plan gives a loop its share of the rate.
func (l *loop) plan(flows int) {
	if l.fleet.cfg.Rate == 0 || len(l.lanes) == 0 {
		return
	}
	share := l.fleet.cfg.Rate * float64(len(l.lanes)) / float64(flows)
	l.sched = &schedule{interval: float64(time.Second) / share, lanes: len(l.lanes), burst: l.fleet.cfg.Burst}
}

// place gives every connection a loop, so that the ends of a flow have the same:
// connections that flows join, directly or not, stay together.
func (f *Fleet) place(conns int, flows []*traffic.Flow) []*loop {
	head := make([]int, conns)
	for i := range head {
		head[i] = i
	}
	find := func(i int) int {
		for head[i] != i {
			head[i] = head[head[i]]
			i = head[i]
		}
		return i
	}
	for _, flow := range flows {
		a, b := find(flow.Source), find(flow.Target)
		head[max(a, b)] = min(a, b)
	}
	home := make([]*loop, conns)
	groups := 0
	for i := range home {
		if h := find(i); h != i {
			home[i] = home[h]
			continue
		}
		home[i] = f.loops[groups%len(f.loops)]
		groups++
	}
	return home
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

// Run lets the lanes send.
func (f *Fleet) Run() { f.enter(phaseRun) }

// Measure begins or ends the measured part of the run.
func (f *Fleet) Measure(on bool) {
	f.measuring.Store(on)
	f.wakeAll()
}

// quietDrain is how long nothing may arrive before a drain is given up.
const quietDrain = 3 * time.Second

// Drain stops sending and waits until everything sent has a verdict. It gives up
// when the context ends or nothing has arrived for some seconds.
func (f *Fleet) Drain(ctx context.Context) {
	f.enter(phaseDrain)
	var last uint64
	moved := time.Now()
	for !f.drained() && time.Since(moved) < quietDrain {
		if sleep(ctx, 2*time.Millisecond) != nil {
			return
		}
		if p := f.Progress(); p.Delivered+p.Answered != last {
			last, moved = p.Delivered+p.Answered, time.Now()
		}
	}
}

func (f *Fleet) drained() bool {
	for _, l := range f.loops {
		if !l.pub.drained.Load() {
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

// Part is what became of the stanzas of some lanes.
type Part struct {
	Sent, Delivered, Answered, Lost uint64
}

// Totals is what a run came to. Counts are of the whole run but for Window.
type Totals struct {
	Part
	Flood                       Part // of the flooding lanes
	Doubled, Reordered          uint64
	Altered, Misrouted, Unknown uint64
	Parsed, Rewritten           uint64 // compared by meaning; came in other bytes
	Opened, Broken, Failed      uint64 // connections: came up; broke while up; both that and not opened
	Latency, Late               *hdrhistogram.Histogram
	Notes                       []string
	Window                      struct {
		Seconds           float64
		Sent, Delivered   uint64
		Answered, Opened  uint64
		BytesIn, BytesOut uint64
	}
}

// Sum adds up the loops. Only after Close. Doubled, reordered and altered stanzas
// are those of all lanes.
func (f *Fleet) Sum() Totals {
	t := Totals{Latency: NewHistogram(), Late: NewHistogram()}
	for _, l := range f.loops {
		t.add(l)
	}
	for _, ln := range f.lanes {
		part := &t.Part
		if ln.flood {
			part = &t.Flood
		}
		part.Sent += ln.flow.Sent()
		part.Delivered += ln.flow.Delivered()
		part.Answered += ln.flow.Answered()
		part.Lost += ln.flow.Missing()
		t.Doubled += ln.flow.Doubled()
		t.Reordered += ln.flow.Reordered()
	}
	return t
}

func (t *Totals) add(l *loop) {
	t.Altered += l.verdict.Altered
	t.Misrouted += l.verdict.Misrouted
	t.Unknown += l.verdict.Unknown
	t.Parsed += l.verdict.Parsed
	t.Rewritten += l.verdict.Rewritten
	t.Notes = append(t.Notes, l.verdict.Notes...)
	t.Opened += l.count.ups
	t.Broken += l.count.downs
	t.Failed += l.count.failed
	t.Latency.Merge(l.hist)
	t.Late.Merge(l.late)
	w := &t.Window
	w.Seconds = max(w.Seconds, float64(l.win.to-l.win.from)/float64(time.Second))
	w.Sent += l.win.counts.sent
	w.Delivered += l.win.counts.delivered
	w.Answered += l.win.counts.answered
	w.Opened += l.win.counts.ups
	w.BytesIn += l.win.counts.bytesIn
	w.BytesOut += l.win.counts.bytesOut
}

// Progress is how far a run is. Quantiles are of the measured part so far, of
// the worst loop.
type Progress struct {
	Sent, Delivered, Answered uint64
	Opened, Broken, Failed    uint64
	Alive                     int // connections that have a socket
	P50, P99, Max             time.Duration
}

// Progress looks at the published counters.
func (f *Fleet) Progress() Progress {
	var p Progress
	for _, l := range f.loops {
		p.Sent += l.pub.sent.Load()
		p.Delivered += l.pub.delivered.Load()
		p.Answered += l.pub.answered.Load()
		p.Opened += l.pub.ups.Load()
		p.Broken += l.pub.downs.Load()
		p.Failed += l.pub.failed.Load()
		p.Alive += int(l.pub.alive.Load())
		p.P50 = max(p.P50, time.Duration(l.pub.p50.Load()))
		p.P99 = max(p.P99, time.Duration(l.pub.p99.Load()))
		p.Max = max(p.Max, time.Duration(l.pub.max.Load()))
	}
	return p
}
