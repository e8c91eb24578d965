// SPDX-License-Identifier: Apache-2.0

package engine

import "sync"

// Limit bounds the connections of a listener, over all its sockets and loops, and
// how fast they are accepted. A place is taken before a connection is accepted, so
// the bound is exact, and nobody is refused: who finds no place waits in the
// kernel's backlog.
type Limit struct {
	mu      sync.Mutex
	max     int // 0: no bound
	taken   int
	rate    rate
	waiting []*listener
}

// NewLimit returns a limit of max connections; 0 for none.
func NewLimit(max int) *Limit { return &Limit{max: max} }

// take takes a place for one of lis's callers. Without one, lis is resumed
// when a place is free; if it is only too early, wait says for how long.
func (m *Limit) take(lis *listener, now int64) (ok bool, wait int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.max > 0 && m.taken >= m.max {
		m.waiting = append(m.waiting, lis)
		return false, 0
	}
	if wait = m.rate.take(now); wait > 0 {
		return false, wait
	}
	m.taken++
	return true, 0
}

// untake gives back a place that nobody came for, or nobody who was let in.
func (m *Limit) untake() {
	m.mu.Lock()
	m.rate.give()
	m.mu.Unlock()
	m.release()
}

// SetRate changes how many connections a second are accepted; 0: as many as come.
func (m *Limit) SetRate(perSecond int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if next := newRate(perSecond); next.each != m.rate.each {
		m.rate = next
	}
}

// release gives a place back and lets those accept who wait for one: all of
// them, since the backlog of any one may be empty.
func (m *Limit) release() {
	m.mu.Lock()
	m.taken--
	waiting := m.freed()
	m.mu.Unlock()
	resume(waiting)
}

// freed takes the list of waiting listeners if there is a place for one.
func (m *Limit) freed() (waiting []*listener) {
	if m.max == 0 || m.taken < m.max {
		waiting, m.waiting = m.waiting, nil
	}
	return waiting
}

// Set changes the bound. Connections above a lower one stay; none is accepted
// until they have left.
func (m *Limit) Set(max int) {
	m.mu.Lock()
	m.max = max
	waiting := m.freed()
	m.mu.Unlock()
	resume(waiting)
}

// Max is the bound; 0 for none.
func (m *Limit) Max() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.max
}

// Taken is how many places are taken now.
func (m *Limit) Taken() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taken
}

func resume(waiting []*listener) {
	for _, lis := range waiting {
		lis.loop.Post(lis.resume)
	}
}
