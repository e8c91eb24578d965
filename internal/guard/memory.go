// SPDX-License-Identifier: Apache-2.0

package guard

const (
	// idleMax is how many addresses without a connection are remembered, for
	// each listener: 3 MB.
	idleMax = 16384
	// lookMax is how far from the oldest one is looked for somebody to forget
	// who is not locked out.
	lookMax = 8
)

// memory is a list of places without connections, oldest first.
type memory struct {
	first, last *place
	n           int
}

func (m *memory) add(p *place) {
	p.idle, p.prev, p.next = true, m.last, nil
	if m.last == nil {
		m.first = p
	} else {
		m.last.next = p
	}
	m.last = p
	m.n++
}

// remove takes a place out, if it is in.
func (m *memory) remove(p *place) {
	if !p.idle {
		return
	}
	if p.prev == nil {
		m.first = p.next
	} else {
		p.prev.next = p.next
	}
	if p.next == nil {
		m.last = p.prev
	} else {
		p.next.prev = p.prev
	}
	p.idle, p.prev, p.next = false, nil, nil
	m.n--
}

// surplus takes out what need not, or cannot, be remembered any more: the oldest,
// of which there is nothing left to say, and if there are too many the oldest that
// is not locked out.
func (m *memory) surplus(s *Settings, now int64) (out []*place) {
	for looked := 0; m.first != nil && looked < lookMax && m.first.forgettable(s, now); looked++ {
		out = append(out, m.first)
		m.remove(m.first)
	}
	for m.n > idleMax {
		p := m.first
		for looked := 0; p.locked(now) && p.next != nil && looked < lookMax; looked++ {
			p = p.next
		}
		if p.locked(now) {
			p = m.first
		}
		out = append(out, p)
		m.remove(p)
	}
	return out
}
