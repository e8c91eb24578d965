// SPDX-License-Identifier: Apache-2.0

package engine

// Tally is what one connection has brought and been sent since it came. Units
// are counted modulo 2^32: who reads them again in time adds up the differences.
type Tally struct {
	BytesIn, BytesOut int64
	UnitsIn           uint32 // those that its user counted
	UnitsOut          uint32 // of others, wholly written
	Queued            int    // bytes that wait for the peer now
}

// connCount is a connection's part of it, in 24 bytes: every idle connection
// has one.
type connCount struct {
	bytesIn, bytesOut int64 // the second is guarded by the outbox's lock
	unitsIn           uint32
	unitsOut          uint32 // guarded likewise
}

// CountUnits counts n units that were read.
func (c *Conn) CountUnits(n int64) { c.count.unitsIn += uint32(n) }

// wrote takes n written bytes off the outbox, which is locked, and counts them.
func (c *Conn) wrote(l *Loop, n int) {
	before := l.Count.Delivered
	c.out.consume(n, &l.Count, l.eng.cfg.Settled)
	c.count.bytesOut += int64(n)
	c.count.unitsOut += uint32(l.Count.Delivered - before)
}

// Tally reads the counts. It is the owner's.
func (c *Conn) Tally() Tally {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return Tally{
		BytesIn: c.count.bytesIn, BytesOut: c.count.bytesOut,
		UnitsIn: c.count.unitsIn, UnitsOut: c.count.unitsOut,
		Queued: c.out.queued,
	}
}
