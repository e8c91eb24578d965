// SPDX-License-Identifier: Apache-2.0

package benchtest

import (
	"net"
	"sync"
	"time"
)

// peer is one component. Its writes are queued, so that a receiver that waits
// for its own stanza to be taken cannot stop the sender.
type peer struct {
	conn net.Conn
	name string
	slow bool // writes with a pause after each, once many wait
	late bool // they did; the writer's
	mu   sync.Mutex
	held []byte
	out  chan []byte
	gone chan struct{}
}

func (p *peer) write(raw []byte) {
	p.mu.Lock()
	held := p.held
	p.held = nil
	p.mu.Unlock()
	for _, b := range [][]byte{raw, held} {
		if b == nil {
			continue
		}
		select {
		case p.out <- b:
		case <-p.gone:
		}
	}
}

// keep holds a stanza back until the next one was written.
func (p *peer) keep(raw []byte) {
	p.mu.Lock()
	p.held = raw
	p.mu.Unlock()
}

// close closes once everything queued is written.
func (p *peer) close() {
	select {
	case p.out <- nil:
	case <-p.gone:
	}
}

func (p *peer) writer() {
	defer close(p.gone)
	defer p.conn.Close()
	for b := range p.out {
		if b == nil {
			return
		}
		if p.late = p.late || p.slow && len(p.out) > cap(p.out)/2; p.late {
			time.Sleep(10 * time.Millisecond)
		}
		if _, err := p.conn.Write(b); err != nil {
			return
		}
	}
}
