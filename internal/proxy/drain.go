// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"time"

	"weir/engine"
	"weir/internal/session"
)

// drain says goodbye to every component, spread over the drain window, and waits
// until they have left. One that does not take its goodbye is given up after a
// bounded time.
func (p *Proxy) drain() {
	p.mu.Lock()
	window := p.cfg.Engine.DrainWindow
	p.mu.Unlock()
	p.log.Info("leaving: saying goodbye", "window", window)
	p.close()
	p.upstreams.Stop()
	for _, l := range p.engine.Loops() {
		l.Post(func() { goodbye(p.engine, l, window) })
	}
	select {
	case <-p.engine.Empty():
	case <-p.abort:
	case <-time.After(p.LeavingTakes()):
		p.log.Warn("leaving although not everybody has left")
	}
}

// LeavingTakes is how long leaving takes at most.
func (p *Proxy) LeavingTakes() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cfg.Engine.DrainWindow + drainTimeout + lingerTimeout + time.Second
}

// goodbye ends the streams of one loop, evenly over the window, so that those
// who come back somewhere do not all come at once; links to servers last, since
// components go on until it is their turn. It runs on that loop.
func goodbye(e *engine.Engine, l *engine.Loop, window time.Duration) {
	var mine, links []*engine.Conn
	e.Conns(func(c *engine.Conn) {
		if c.Loop() != l {
			return
		}
		if s, ok := c.Handler().(*session.Session); ok && s.IsLink() {
			links = append(links, c)
		} else {
			mine = append(mine, c)
		}
	})
	spread(l, mine, window)
	for _, c := range links {
		leaveIn(l, c, window)
	}
}

// spread ends streams of one loop evenly over a window. It runs on that loop.
func spread(l *engine.Loop, all []*engine.Conn, window time.Duration) {
	for i, c := range all {
		leaveIn(l, c, window*time.Duration(i+1)/time.Duration(len(all)))
	}
}

// leaveIn ends one stream after a while.
func leaveIn(l *engine.Loop, c *engine.Conn, after time.Duration) {
	if after == 0 {
		leave(c)
		return
	}
	l.Arm(&engine.Timer{Fire: func() { leave(c) }}, l.Now()+after.Nanoseconds())
}

// leave ends one stream, if it has not ended meanwhile.
func leave(c *engine.Conn) {
	if s, ok := c.Handler().(*session.Session); ok {
		s.Shutdown()
	} else {
		c.Abort(engine.CauseStopped) // its stream has not begun
	}
}
