// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/engine/drivertest"
	"weir/engine/epoll"
)

const (
	// quietTime is after how long without a byte a peer has read all there is.
	quietTime = time.Second
	// endTime is how long one waits for what is sure to come.
	endTime = 10 * time.Second
)

// tap is the peer of a secured connection.
type tap struct {
	*tls.Conn
	u *user
}

// drain reads what there is, until nothing comes for a time, or as many units as are wanted, if any are. The
// error is nil while the connection lives.
func (p *tap) drain(t testing.TB, quiet time.Duration, wanted int) (string, error) {
	t.Helper()
	_ = p.u.peer.SetReadBuffer(1 << 20) // it has been small enough
	var all bytes.Buffer
	b := make([]byte, 64<<10)
	for {
		if wanted > 0 && bytes.Count(all.Bytes(), []byte(">")) >= wanted {
			return all.String(), nil
		}
		_ = p.u.peer.SetReadDeadline(time.Now().Add(quiet))
		n, err := p.Read(b)
		all.Write(b[:n])
		switch {
		case errors.Is(err, io.EOF):
			return all.String(), io.EOF
		case err != nil && strings.Contains(err.Error(), "i/o timeout"):
			return all.String(), nil
		case err != nil:
			return all.String(), err
		}
	}
}

// heard is the whole units in what a peer has read, and what is behind them.
func heard(s string) (units []string, rest string) {
	for strings.HasPrefix(s, "<") && !strings.HasPrefix(s, "</") {
		i := strings.IndexByte(s, '>')
		if i < 0 {
			break
		}
		units, s = append(units, s[:i+1]), s[i+1:]
	}
	return units, s
}

// stuck is a secured connection whose peer does not read, with the units that
// were given to it.
func stuck(t testing.TB, s *secured, size int) (*user, *tap, []string) {
	t.Helper()
	u := s.connect(t, s.loops[0], new(user))
	p := &tap{u.client(t, tls.VersionTLS13), u}
	units := u.block(t, 7, size)
	// What no record holds yet: more than the kernel may still take, which it does when time goes by.
	on(t, s.loops[0], func() {
		for range max(64, 128<<10/size) {
			unit := unitText(7, len(units), size)
			units = append(units, unit)
			u.c.Append(s.loops[0], run1(unit, 7))
		}
	})
	return u, p, units
}

// Every unit that waits for a connection that is replaced is heard by the old
// peer or by the new one, once and in order; and the old one hears why, if it
// takes it.
func TestTLSHandOver(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		for _, loop := range []int{0, 1} {
			t.Run("small units", func(t *testing.T) { tlsHandOver(t, open, 100, loop, false) })
			t.Run("small units, taken", func(t *testing.T) { tlsHandOver(t, open, 100, loop, true) })
			t.Run("cut units", func(t *testing.T) { tlsHandOver(t, open, 900, loop, false) })
			t.Run("cut units, taken", func(t *testing.T) { tlsHandOver(t, open, 900, loop, true) })
			t.Run("units of several records", func(t *testing.T) { tlsHandOver(t, open, 20<<10, loop, false) })
		}
	})
}

// tlsHandOver tries until something is left to hand over: the kernel may yet take more than it seemed to.
func tlsHandOver(t *testing.T, open drivertest.Open, size, loop int, taken bool) {
	for range 10 {
		if tlsHandOverOnce(t, open, size, loop, taken) {
			return
		}
	}
	t.Error("everything had gone out before, each time")
}

// tlsHandOverOnce says whether anything was left to hand over.
func tlsHandOverOnce(t *testing.T, open drivertest.Open, size, loop int, taken bool) bool {
	s := newSecured(t, open, Config{}, tls.VersionTLS13)
	old, oldPeer, units := stuck(t, s, size)
	next := s.connect(t, s.loops[loop], new(user))
	nextPeer := &tap{next.client(t, tls.VersionTLS13), next}
	before := ""
	halt(t, s.loops[0], loop == 0, func() {
		if taken { // there is room now, and the owner has not yet been told
			before, _ = oldPeer.drain(t, quietTime, 0)
		}
		if loop == 0 {
			handOverNow(old, next)
		} else {
			on(t, s.loops[1], func() { handOverNow(old, next) })
		}
	})
	after, err := oldPeer.drain(t, endTime, 0)
	got, last := heard(before + after)
	switch {
	case taken && (last != conflict || err != io.EOF):
		t.Errorf("the old peer reads %.80q at last, then %v", last, err)
	case !taken && err == nil:
		t.Errorf("the old peer is left in peace")
	}
	if !taken && len(got) == len(units) {
		return false
	}
	words, _ := nextPeer.drain(t, endTime, max(len(units)-len(got), 1))
	again, _ := nextPeer.drain(t, quietTime/10, 0) // nothing: each comes once
	words += again
	words, ok := strings.CutPrefix(words, "hello ")
	rest, _ := heard(words)
	if !ok || !slices.Equal(append(got, rest...), units) {
		t.Errorf("of %d units the old peer hears %d, the new one %d (greeted: %v)", len(units), len(got), len(rest), ok)
	}
	return true
}

func handOverNow(old, next *user) {
	l := next.c.loop
	next.c.Write(l, []byte("hello "))
	old.c.HandOver(l, next.c, []byte(conflict))
}

// halt runs f while the loop does nothing else: on it if here, else beside it.
func halt(t testing.TB, l *Loop, here bool, f func()) {
	t.Helper()
	if here {
		on(t, l, f)
		return
	}
	stopped, goOn := make(chan struct{}), make(chan struct{})
	l.Post(func() {
		close(stopped)
		<-goOn
	})
	<-stopped
	f()
	close(goOn)
}

// What is taken away from a connection was not heard there, and the rest was.
func TestTLSYield(t *testing.T) {
	for _, size := range []int{100, 900, 40 << 10} {
		tries := 10 // the kernel may yet take more than it seemed to
		for tries > 0 && !tlsYieldOnce(t, size) {
			tries--
		}
		if tries == 0 {
			t.Errorf("units of %d bytes: nothing was left to take, each time", size)
		}
	}
}

// tlsYieldOnce says whether anything was left to take.
func tlsYieldOnce(t *testing.T, size int) bool {
	s := newSecured(t, epoll.New, Config{}, tls.VersionTLS13)
	u, p, units := stuck(t, s, size)
	var taken []string
	on(t, s.loops[0], func() {
		u.c.Yield(func(b []byte, src uint32) { taken = append(taken, string(b)) })
	})
	all, err := p.drain(t, endTime, len(units)-len(taken))
	got, rest := heard(all)
	if err != nil || rest != "" || !slices.Equal(append(got, taken...), units) {
		t.Errorf("of %d units %d are heard, %d taken away; then %.80q, %v", len(units), len(got), len(taken), rest, err)
	}
	on(t, s.loops[0], func() { u.c.Finish([]byte("bye"), CauseFinished) })
	if last, err := p.drain(t, endTime, 0); last != "bye" || err != io.EOF {
		t.Errorf("at last %.80q, %v", last, err)
	}
	return len(taken) > 0
}

// What a broken connection leaves was not heard.
func TestTLSUnsent(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		s := newSecured(t, open, Config{}, tls.VersionTLS13)
		u, p, units := stuck(t, s, 900)
		on(t, s.loops[0], func() { u.c.Abort(CauseAborted) })
		all, _ := p.drain(t, endTime, 0)
		got, _ := heard(all)
		u.wait(t)
		if !slices.Equal(append(got, u.unsent...), units) || len(u.unsent) == 0 {
			t.Errorf("of %d units %d are heard, %d left", len(units), len(got), len(u.unsent))
		}
		delivered := int64(0)
		on(t, s.loops[0], func() { delivered = s.loops[0].Count.Delivered })
		if int(delivered) != len(got) {
			t.Errorf("%d delivered, %d heard", delivered, len(got))
		}
	})
}

// Units that come from other loops are written by the owner, in order.
func TestTLSFromAnotherLoop(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		s := newSecured(t, open, Config{}, tls.VersionTLS13)
		u := s.connect(t, s.loops[0], new(user))
		c := u.client(t, tls.VersionTLS13)
		l := s.loops[1]
		var want strings.Builder
		for i := range 200 {
			unit := unitText(5, i, 700)
			want.WriteString(unit)
			l.Post(func() { u.c.Append(l, run1(unit, 5)) })
		}
		got := make([]byte, want.Len())
		if n, err := io.ReadFull(c, got); err != nil || string(got) != want.String() {
			t.Errorf("the peer reads %d bytes, %v", n, err)
		}
	})
}

// A peer that reads nothing is closed when its time is over, and nobody else
// waits for it.
func TestTLSStalled(t *testing.T) {
	s := newSecured(t, epoll.New, Config{StallTimeout: 100 * time.Millisecond}, tls.VersionTLS13)
	u, _, units := stuck(t, s, 900)
	if cause := u.wait(t); cause != CauseStalled || len(u.unsent) == 0 || len(u.unsent) > len(units) {
		t.Errorf("closed: %v, %d of %d units left", cause, len(u.unsent), len(units))
	}
}
