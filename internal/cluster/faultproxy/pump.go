// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"net"
	"time"
)

// pump passes bytes on until one side ends, and then ends both: who uses this has no half-closed connections.
func (p *Proxy) pump(to, from net.Conn, d Direction) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if !p.pause(d, n) {
				return
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pause waits for as long as n bytes have to; false if the proxy was closed meanwhile.
func (p *Proxy) pause(d Direction, n int) bool {
	p.mu.Lock()
	wait := p.delay
	if p.rate > 0 {
		wait += time.Duration(n) * time.Second / time.Duration(p.rate)
	}
	p.mu.Unlock()
	time.Sleep(wait)
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.silent[d] && !p.refuse && !p.closed {
		p.changed.Wait()
	}
	return !p.closed
}
