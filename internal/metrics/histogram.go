// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"slices"
	"strconv"
	"time"
)

const histogram = "histogram"

// distribution is how often something took how long: counts of classes, each but
// the last with a bound, and all of it together.
type distribution struct {
	counts []int64
	bound  func(class int) time.Duration
	sum    time.Duration
}

// distribute writes a distribution.
func (v *values) distribute(d distribution, labels ...string) {
	series := func(suffix string) *values {
		return &values{v.out, &family{name: v.family.name + suffix, kind: counter}}
	}
	n := int64(0)
	for class, count := range d.counts {
		n += count
		le := "+Inf"
		if class < len(d.counts)-1 {
			le = strconv.FormatFloat(d.bound(class).Seconds(), 'g', -1, 64)
		}
		series("_bucket").count(n, append(slices.Clone(labels), "le", le)...)
	}
	series("_sum").put(d.sum.Seconds(), labels...)
	series("_count").count(n, labels...)
}
