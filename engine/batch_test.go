// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"math"
	"testing"
)

func TestBatchClasses(t *testing.T) {
	for class := range BatchClasses - 1 {
		bound := BatchBound(class).Nanoseconds()
		if batchClass(bound) != class || batchClass(bound+1) != class+1 {
			t.Errorf("class %d: %d ns are of class %d, %d ns of class %d", class, bound, batchClass(bound), bound+1, batchClass(bound+1))
		}
	}
	if batchClass(0) != 0 || batchClass(math.MaxInt64) != BatchClasses-1 {
		t.Error("the ends are in no class")
	}
}
