// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"math/bits"
	"time"
)

// BatchClasses is how many classes of batches are told apart by how long they
// took: each bound is twice the one before it, the last class has none.
const BatchClasses = 11

// batchShift makes the first bound 65.5 us: most batches are shorter.
const batchShift = 16

// BatchBound is how long a batch of a class, but the last, took at most.
func BatchBound(class int) time.Duration { return 1<<(batchShift+class) - 1 }

func batchClass(ns int64) int { return min(bits.Len64(uint64(ns)>>batchShift), BatchClasses-1) }
