// SPDX-License-Identifier: Apache-2.0

package driver

import "time"

// start is where the clock of this process begins. It carries a monotonic
// reading, so Now neither jumps nor goes back when the wall clock is set.
var start = time.Now()

// Now is the engine's clock: nanoseconds since the process began, monotonic.
func Now() int64 { return int64(time.Since(start)) }
