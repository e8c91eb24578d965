// SPDX-License-Identifier: Apache-2.0

package tap

import (
	"time"

	"weir/internal/shaper"
)

// loopRate is how many lines a second one loop writes for a tap, and how many at
// once: at some microseconds each they cost the loop a thousandth of its time.
const loopRate = 200

// OnLoop is a tap on one loop, which owns it.
type OnLoop struct {
	*Tap
	rate shaper.Bucket
}

// OnLoop is the tap on a further loop; now is that loop's time.
func (t *Tap) OnLoop(now int64) *OnLoop { return &OnLoop{t, shaper.New(loopRate, now)} }

// May says whether there is time for one more line, and takes it.
func (on *OnLoop) May(now int64) bool {
	if on.rate.Max(now) == 0 {
		on.missed.Add(1)
		return false
	}
	on.rate.Spend(now, 1)
	return true
}

// Tell puts a line into the queue, if there is room.
func (on *OnLoop) Tell(line Line) {
	line.At = time.Now()
	select {
	case on.lines <- line:
	default:
		on.missed.Add(1)
	}
}
