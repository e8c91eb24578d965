// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego

package xmlscan

func allStages() map[string]func(*bitmaps, []byte) bool {
	return map[string]func(*bitmaps, []byte) bool{"portable": classify}
}
