// SPDX-License-Identifier: Apache-2.0

package engine

import "time"

// SetPatience changes Config.LowBytes and Config.StallTimeout, for those too who
// are behind now.
func (e *Engine) SetPatience(low int, stall time.Duration) {
	e.low.Store(int64(low))
	if e.stall.Swap(stall.Nanoseconds()) == stall.Nanoseconds() {
		return
	}
	e.Conns(func(c *Conn) { c.loop.Post(c.lookForStall) })
}

// lookForStall sets the stall timer anew, if it is that which runs.
func (c *Conn) lookForStall() {
	if c.phase == open && !c.dead && c.timer.Armed() {
		c.stalled()
	}
}
