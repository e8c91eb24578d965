// SPDX-License-Identifier: Apache-2.0

package table

import (
	"testing"
	"unsafe"
)

// What one registered component costs here, on 64-bit machines, beside the map's own entry (24 bytes a place) and the
// text of its name. 10,000 idle ones are a target of the project; these sizes are part of its sum.
func TestSizes(t *testing.T) {
	for _, row := range []struct {
		what      string
		got, most uintptr
	}{
		{"Name", unsafe.Sizeof(Name{}), 32},
		{"Set", unsafe.Sizeof(Set{}), 32},
		{"Instance", unsafe.Sizeof(Instance{}), 64},
		{"question", unsafe.Sizeof(question{}), 32},
	} {
		if row.got > row.most {
			t.Errorf("%s: %d bytes, at most %d are planned", row.what, row.got, row.most)
		}
	}
}
