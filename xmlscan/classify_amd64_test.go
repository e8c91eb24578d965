// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && !purego

package xmlscan

func allStages() map[string]func(*bitmaps, []byte) bool {
	all := map[string]func(*bitmaps, []byte) bool{"portable": stagePortable.classify}
	if best := chooseStage(); best >= stageAVX2 {
		all["AVX2"] = stageAVX2.classify
		if best == stageAVX512 {
			all["AVX-512"] = stageAVX512.classify
		}
	}
	return all
}
