// SPDX-License-Identifier: Apache-2.0

package link

import (
	"sync"
	"time"
)

const (
	// ackDelay is how long an acknowledgement may wait for company, ackBytes how much is acknowledged at once. A quarter
	// of the window is as urgent, or a small window would be shut most of the time.
	ackDelay = 5 * time.Millisecond
	ackBytes = 64 << 10

	recordsMax = 256  // in one control frame
	waitingMax = 4096 // records that wait to be sent; what is dropped beyond is asked for again
)

// controller is the goroutine that sends control frames.
type controller struct {
	l    *Link
	wake chan struct{} // something waits; room for one
	now  chan struct{} // something urgent waits; room for one

	mu     sync.Mutex
	owing  []*source // have acknowledgements to send
	others []letter
	frame  []byte
}

// letter is a record for somebody.
type letter struct {
	to      Peer
	version uint8
	record
}

func newController(l *Link) *controller {
	return &controller{
		l: l, wake: make(chan struct{}, 1), now: make(chan struct{}, 1),
		frame: make([]byte, 0, headerLen+recordsMax*recordLen),
	}
}

// tell sends a record as soon as it can, in a version of the frames; 0: the one that the peer is spoken to in.
func (c *controller) tell(to Peer, r record, version uint8) {
	c.mu.Lock()
	keep := len(c.others) < waitingMax
	if keep {
		c.others = append(c.others, letter{to, version, r})
	}
	c.mu.Unlock()
	if !keep {
		c.l.n.record.Add(1)
	}
	signal(c.now)
}

// owe has a source's acknowledgements sent, soon or now. first says that it is not on the list.
func (c *controller) owe(s *source, first, urgent bool) {
	if first {
		c.mu.Lock()
		c.owing = append(c.owing, s)
		c.mu.Unlock()
		signal(c.wake)
	}
	if urgent {
		signal(c.now)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (c *controller) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-c.l.stop:
			return
		case <-c.now:
		case <-c.wake:
			timer.Reset(ackDelay)
			select {
			case <-c.l.stop:
				return
			case <-c.now:
			case <-timer.C:
			}
		}
		c.send()
	}
}

// send sends everything that waits, one frame for the neighbours that are for the same peer.
func (c *controller) send() {
	c.mu.Lock()
	letters, owing := c.others, c.owing
	c.others, c.owing = nil, nil
	c.mu.Unlock()
	for _, s := range owing {
		letters = s.acknowledgements(letters)
	}
	for len(letters) > 0 {
		n := 1
		for n < len(letters) && n < recordsMax && letters[n].to == letters[0].to && letters[n].version == letters[0].version {
			n++
		}
		c.post(letters[:n])
		letters = letters[n:]
	}
}

func (c *controller) post(letters []letter) {
	r := c.l.addressee(letters[0].to, letters[0].version)
	b := c.frame[:headerLen]
	for _, letter := range letters {
		b = letter.appendTo(b)
		if letter.kind == ping {
			c.l.n.probes.Add(1)
		}
	}
	c.l.publish(r, &header{flags: flagControl, lane: Control, count: uint16(len(letters))}, b)
}
