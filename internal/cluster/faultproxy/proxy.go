// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"net"
	"sync"
	"time"
)

// Direction is which way bytes go.
type Direction int

const (
	Forth Direction = iota // from who connects to the target
	Back
)

// Proxy passes on connections to a target.
type Proxy struct {
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex
	changed sync.Cond
	target  string
	conns   map[net.Conn]bool
	refuse  bool
	silent  [2]bool
	delay   time.Duration
	rate    int // bytes a second, each direction of each connection; 0: no limit
	closed  bool
}

// New listens on a free port of loopback.
func New(target string) (*Proxy, error) { return Listen("127.0.0.1:0", target) }

// Listen listens on an address.
func Listen(address, target string) (*Proxy, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: l, conns: map[net.Conn]bool{}}
	p.changed.L = &p.mu
	p.work.Go(p.accept)
	return p, nil
}

// Address is where to connect.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Cut ends all connections with a reset and refuses new ones, until Heal.
func (p *Proxy) Cut() {
	p.set(func() {
		p.refuse = true
		for c := range p.conns {
			reset(c)
		}
	})
}

// Silence passes nothing on in a direction, and closes nothing: as a frozen machine, or a cable pulled. Bytes wait until
// Heal, as they do in a sender's socket.
func (p *Proxy) Silence(d Direction) { p.set(func() { p.silent[d] = true }) }

// Slow passes each piece on after a delay, and no more than so many bytes a second; 0: no limit.
func (p *Proxy) Slow(delay time.Duration, bytesPerSecond int) {
	p.set(func() { p.delay, p.rate = delay, bytesPerSecond })
}

// Heal ends all faults. What was cut stays cut: who wants a connection makes another.
func (p *Proxy) Heal() {
	p.set(func() { p.refuse, p.silent, p.delay, p.rate = false, [2]bool{}, 0, 0 })
}

// Aim has new connections go to another target, which stands in for one that is no more.
func (p *Proxy) Aim(target string) { p.set(func() { p.target = target }) }

// Conns is how many connections go through it.
func (p *Proxy) Conns() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns) / 2
}

// Close ends it and all connections.
func (p *Proxy) Close() {
	p.set(func() {
		p.closed = true
		for c := range p.conns {
			reset(c)
		}
	})
	p.listener.Close()
	p.work.Wait()
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.changed.Broadcast()
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.connect(c) })
	}
}

// connect joins a connection to the target.
func (p *Proxy) connect(near net.Conn) {
	p.mu.Lock()
	refuse, target := p.refuse, p.target
	p.mu.Unlock()
	if refuse {
		reset(near)
		return
	}
	far, err := net.DialTimeout("tcp", target, 5*time.Second)
	if err != nil {
		reset(near)
		return
	}
	if !p.keep(near, far) {
		reset(near)
		reset(far)
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.pump(far, near, Forth) })
	both.Go(func() { p.pump(near, far, Back) })
	both.Wait()
	p.mu.Lock()
	delete(p.conns, near)
	delete(p.conns, far)
	p.mu.Unlock()
}

// keep puts the two on the list, unless a fault has come between.
func (p *Proxy) keep(near, far net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse || p.closed {
		return false
	}
	p.conns[near], p.conns[far] = true, true
	return true
}
