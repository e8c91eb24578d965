// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"time"

	"weir/engine"
	"weir/internal/session"
)

// drain says goodbye to every component and waits until they have left. One
// that does not take its goodbye is given up after a bounded time.
func (p *Proxy) drain() {
	p.log.Info("leaving: saying goodbye")
	p.close()
	if p.upstreams != nil {
		p.upstreams.Stop()
	}
	for _, l := range p.engine.Loops() {
		l.Post(func() { goodbye(p.engine, l) })
	}
	select {
	case <-p.engine.Empty():
	case <-p.abort:
	case <-time.After(drainTimeout + lingerTimeout + time.Second):
		p.log.Warn("leaving although not everybody has left")
	}
}

// goodbye ends the streams of one loop; it runs on that loop.
func goodbye(e *engine.Engine, l *engine.Loop) {
	var mine []*engine.Conn
	e.Conns(func(c *engine.Conn) {
		if c.Loop() == l {
			mine = append(mine, c)
		}
	})
	for _, c := range mine {
		if s, ok := c.Handler().(*session.Session); ok {
			s.Shutdown()
		} else {
			c.Abort(engine.CauseStopped) // its stream has not begun
		}
	}
}
