// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"math/rand/v2"
	"time"
)

const (
	firstRetry   = 200 * time.Millisecond // after a failure
	firstRefusal = 2 * time.Second        // after a server has said no: somebody must change something
	steady       = 10 * time.Second       // a link that lasted so long has not failed
	comeBack     = 50 * time.Millisecond  // the most that a link waits which was good until now
)

// backoff is the pause after so many failures in a row: doubled each time, at
// most longest, and somewhere in its upper half, so that those who fail together
// do not try again together.
func backoff(first time.Duration, failures int, longest time.Duration) time.Duration {
	d := longest
	if failures < 20 {
		d = min(longest, first<<max(failures-1, 0))
	}
	return d - jitter(d/2)
}

// jitter is somewhere below d.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}
