// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cpuClock returns a clock that counts the time this goroutine's thread was running, so that what else runs on
// the machine is not in a figure. The goroutine keeps its thread until the benchmark ends.
func cpuClock(b *testing.B) func() time.Duration {
	runtime.LockOSThread()
	b.Cleanup(runtime.UnlockOSThread)
	return func() time.Duration {
		var t unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
			b.Fatal(err)
		}
		return time.Duration(t.Nano())
	}
}
