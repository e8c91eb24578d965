// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && !purego

package xmlscan

import "golang.org/x/sys/cpu"

// allStages has AVX-512 wherever it can run, which is on more machines than it is taken on.
func allStages() map[string]func(*bitmaps, []byte) bool {
	all := map[string]func(*bitmaps, []byte) bool{"portable": stagePortable.classify}
	if cpu.X86.HasAVX2 {
		all["AVX2"] = stageAVX2.classify
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW {
		all["AVX-512"] = stageAVX512.classify
	}
	return all
}
