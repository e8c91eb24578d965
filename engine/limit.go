// SPDX-License-Identifier: Apache-2.0

package engine

import "sync"

// Limit bounds the connections of a listener, over all its sockets and loops.
// A place is taken before a connection is accepted, so the bound is exact, and
// nobody is refused: who finds no place waits in the kernel's backlog.
type Limit struct {
	mu      sync.Mutex
	max     int // 0: no bound
	taken   int
	waiting []*listener
}

// NewLimit returns a limit of max connections; 0 for none.
func NewLimit(max int) *Limit { return &Limit{max: max} }

// take takes a place for one of lis's callers. Without one, lis is resumed
// when a place is free.
func (m *Limit) take(lis *listener) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.max > 0 && m.taken >= m.max {
		m.waiting = append(m.waiting, lis)
		return false
	}
	m.taken++
	return true
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
