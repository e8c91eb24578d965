// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"weir/bench/client"
)

// crew is the parts of a Hold as the process sees them that leads. Its methods are
// for one goroutine, but for Progress and cpu.
type crew struct {
	parts []*member
	whole int // connections of all parts

	began   time.Time // of the measured part
	seconds float64
}

// member is one part.
type member struct {
	cmd    *exec.Cmd
	orders io.WriteCloser
	says   bytes.Buffer // on standard error; complete once it has ended
	ended  chan struct{}

	mu   sync.Mutex
	told told
}

// newCrew prepares the processes, each with an even number of connections, so that
// neighbours are in the same one.
func newCrew(h HoldOptions) *crew {
	c := &crew{whole: h.N}
	each := (h.N + h.Processes - 1) / h.Processes
	each += each % 2
	for first := 0; first < h.N; first += each {
		args := append(slices.Clone(h.Part[1:]), "-first", strconv.Itoa(first), "-n", strconv.Itoa(min(each, h.N-first)),
			"-parallel", strconv.Itoa(max(1, h.Parallel/h.Processes)))
		m := &member{cmd: exec.Command(h.Part[0], args...), ended: make(chan struct{})}
		// An interrupt on the terminal is ours to handle; our end is theirs.
		m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		m.cmd.Stderr = &m.says
		c.parts = append(c.parts, m)
	}
	return c
}

// Open implements connections.
func (c *crew) Open(ctx context.Context) error {
	for _, m := range c.parts {
		if err := m.start(); err != nil {
			return err
		}
	}
	for {
		up := 0
		for _, m := range c.parts {
			t := m.last()
			up += t.Up
			if t.Why != "" {
				return errors.New(t.Why)
			}
			if m.over() {
				return fmt.Errorf("a process that holds connections has ended: %s", strings.TrimSpace(m.says.String()))
			}
		}
		if up == c.whole {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(tellEvery):
		}
	}
}

func (m *member) start() error {
	var err error
	if m.orders, err = m.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := m.cmd.Start(); err != nil {
		return err
	}
	go m.hear(out)
	return nil
}

// hear takes what a part tells until it ends.
func (m *member) hear(out io.Reader) {
	defer close(m.ended)
	for d := json.NewDecoder(out); ; {
		var t told
		if d.Decode(&t) != nil {
			break
		}
		m.mu.Lock()
		m.told = t
		m.mu.Unlock()
	}
	_ = m.cmd.Wait() // what it said last, or did not say, tells more
}

func (m *member) last() told {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.told
}

func (m *member) over() bool {
	select {
	case <-m.ended:
		return true
	default:
		return false
	}
}

// Progress implements connections.
func (c *crew) Progress() (sum client.Progress) {
	for _, m := range c.parts {
		t := m.last()
		sum.Sent += t.Sent
		sum.Delivered += t.Delivered
		sum.Answered += t.Answered
		sum.Opened += t.Opened
		sum.Broken += t.Broken
		sum.Failed += t.Failed
		sum.Alive += t.Alive
		sum.Up += t.Up
	}
	return sum
}

// cpu is what the processes have used so far.
func (c *crew) cpu() (sum time.Duration) {
	for _, m := range c.parts {
		sum += m.last().CPU
	}
	return sum
}

// Run implements connections: there is no traffic.
func (c *crew) Run() {}

// Measure implements connections.
func (c *crew) Measure(period int) {
	if period > 0 {
		c.began = time.Now()
		return
	}
	if !c.began.IsZero() {
		c.seconds = time.Since(c.began).Seconds()
	}
}

// Prove implements connections.
func (c *crew) Prove(ctx context.Context) {
	c.order(orderProve)
	for _, m := range c.parts {
		for !m.last().Proved && !m.over() {
			select {
			case <-ctx.Done():
				return
			case <-time.After(tellEvery):
			}
		}
	}
}

func (c *crew) order(what string) {
	for _, m := range c.parts {
		if m.orders != nil {
			_, _ = io.WriteString(m.orders, what+"\n") // who has ended is found out elsewhere
		}
	}
}

// Drain implements connections: a part drains when it has proven itself.
func (c *crew) Drain(context.Context) {}

// partEnds is how long a part may take to close its connections.
const partEnds = 30 * time.Second

// Close implements connections.
func (c *crew) Close() {
	c.order(orderClose)
	late := time.After(partEnds)
	for _, m := range c.parts {
		if m.orders == nil {
			continue
		}
		_ = m.orders.Close()
		select {
		case <-m.ended:
		case <-late:
			_ = m.cmd.Process.Kill()
			<-m.ended
		}
	}
}

// Sum implements connections. A part that did not say how it ended has broken.
func (c *crew) Sum() client.Totals {
	t := client.NewTotals()
	t.Window.Seconds = c.seconds
	for _, m := range c.parts {
		last := m.last()
		if last.Totals == nil {
			t.Failed += uint64(max(1, last.Alive))
			t.Notes = append(t.Notes, "a process that held connections has ended: "+strings.TrimSpace(m.says.String()))
			continue
		}
		t.Join(last.Totals)
	}
	return t
}
