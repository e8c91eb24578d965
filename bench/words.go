// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"strings"
	"time"
)

// grouped writes a number with a comma at every thousand.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// short writes a time with three digits at most and its unit.
func short(d time.Duration) string {
	switch us := float64(d) / float64(time.Microsecond); {
	case us < 100:
		return fmt.Sprintf("%.1f us", us)
	case us < 10e3:
		return fmt.Sprintf("%.0f us", us)
	case us < 10e6:
		return fmt.Sprintf("%.1f ms", us/1e3)
	default:
		return fmt.Sprintf("%.1f s", us/1e6)
	}
}
