// SPDX-License-Identifier: Apache-2.0

package logqueue

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"time"
)

// bytesMax is what may wait to be written: some 5,000 lines.
const bytesMax = 1 << 20

// Queue takes whole lines and writes them out in order, later. Lines for which
// there is no room, and those that cannot be written, are dropped and counted; the
// log tells how many, in words of dropped, as soon as it can.
type Queue struct {
	out     io.Writer
	dropped func(n int) []byte

	mu     sync.Mutex
	some   sync.Cond // something waits, or it is the end
	buf    []byte
	lost   int
	ever   int64 // lost, ever
	closed bool
	done   chan struct{}
}

// New starts a queue in front of out. dropped words the line that stands for n
// lost ones.
func New(out io.Writer, dropped func(n int) []byte) *Queue {
	q := &Queue{out: out, dropped: dropped, done: make(chan struct{})}
	q.some.L = &q.mu
	go q.run()
	return q
}

// Write implements io.Writer. It neither waits nor fails.
func (q *Queue) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed || len(q.buf)+len(line) > bytesMax:
		q.lost++
		q.ever++
	default:
		q.buf = append(q.buf, line...)
		q.some.Signal()
	}
	return len(line), nil
}

// Lost is how many lines have been dropped so far.
func (q *Queue) Lost() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ever
}

// Close writes out what waits and returns when that is done, or after the time
// given: whoever reads us may never come back.
func (q *Queue) Close(wait time.Duration) {
	q.mu.Lock()
	q.closed = true
	q.some.Signal()
	q.mu.Unlock()
	select {
	case <-q.done:
	case <-time.After(wait):
	}
}

func (q *Queue) run() {
	defer close(q.done)
	out := writer{q: q}
	var spare []byte
	for {
		q.mu.Lock()
		for len(q.buf) == 0 && q.lost == 0 && !q.closed {
			q.some.Wait()
		}
		buf, lost, closed := q.buf, q.lost, q.closed
		q.buf, q.lost = spare[:0], 0
		q.mu.Unlock()
		if len(buf) == 0 && lost == 0 && closed {
			return
		}
		out.write(buf, lost)
		spare = buf
	}
}

// writer writes what a queue has, and remembers what it could not: there is nobody to
// tell of it but the log itself, when it can be written again.
type writer struct {
	q      *Queue
	untold int  // lines that are lost, and nobody has read so
	torn   bool // of the last line only a part is written
}

// write writes lines, and behind them how many were lost before.
func (w *writer) write(lines []byte, lost int) {
	w.untold += lost
	begin := []byte(nil)
	if w.torn {
		begin = []byte{'\n'}
	}
	var told []byte
	if w.untold > 0 {
		told = w.q.dropped(w.untold)
	}
	all := slices.Concat(begin, lines, told)
	n, err := w.q.out.Write(all)
	if err == nil || n >= len(all) {
		w.untold, w.torn = 0, false
		return
	}
	n = max(n, 0) // an os.File says 0, but it is a writer like any other
	if n > 0 {
		w.torn = all[n-1] != '\n'
	}
	failed := bytes.Count(lines[min(max(n-len(begin), 0), len(lines)):], []byte{'\n'})
	w.untold += failed // the words for those before have not gone out either
	w.q.mu.Lock()
	w.q.ever += int64(failed)
	w.q.mu.Unlock()
}
