// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "testing"

// FuzzStages: the same bitmaps and the same verdict as byte by byte.
func FuzzStages(f *testing.F) {
	for _, d := range dialogues {
		f.Add([]byte(d))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) <= windowBytes {
			sameStage(t, b[:len(b)-unfinished(b)])
		}
	})
}
