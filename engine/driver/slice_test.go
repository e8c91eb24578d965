// SPDX-License-Identifier: Apache-2.0

package driver

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A thread has the slice it asked for, and all else as it was.
func TestShortSlice(t *testing.T) {
	runtime.LockOSThread() // and not unlocked: the thread ends with the goroutine
	before, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if before.Runtime == 0 {
		t.Skip("SKIPPED: this kernel knows no slices of threads")
	}
	ShortSlice()
	after, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := *before
	want.Runtime = uint64(slice)
	if *after != want {
		t.Errorf("%+v, want %+v", *after, want)
	}
}
