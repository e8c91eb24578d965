// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// unknown is a flag that no kernel knows: a plan with it stands for one that
// this kernel is too old for.
const unknown = 1 << 30

// What the kernel does not know is left for the next best, and said.
func TestFallBack(t *testing.T) {
	start(t, plans()[0]) // or skips
	better := plans()[0]
	better.flags |= unknown
	next := plans()[1]
	next.missing = "something new"
	out, err := openBest(2, []plan{better, next})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range out {
		if got := d.Caps(); got.Missing != next.missing || got.Late != next.bytes() {
			t.Errorf("Caps %+v", got)
		}
		d.(*Driver).close()
	}
	if _, err := openBest(1, []plan{better}); !errors.Is(err, ErrUnsupported) || !errors.Is(err, unix.EINVAL) {
		t.Errorf("nothing to be had: %v, want ErrUnsupported and the cause", err)
	}
}

// A failure that another kind of ring would meet, too, is told at once.
func TestExplain(t *testing.T) {
	for _, c := range []struct {
		cause unix.Errno
		want  error
	}{
		{unix.ENOSYS, ErrUnsupported},
		{unix.EINVAL, ErrUnsupported},
		{unix.EPERM, ErrForbidden},
		{unix.EACCES, ErrForbidden},
		{unix.EMFILE, unix.EMFILE},
	} {
		err := explain(os.NewSyscallError("io_uring_setup", c.cause))
		if !errors.Is(err, c.want) || !errors.Is(err, c.cause) {
			t.Errorf("%v is explained as %v", c.cause, err)
		}
	}
}

// Each plan says more of what is missing than the one before.
func TestPlansDescend(t *testing.T) {
	for i, p := range plans() {
		if (p.missing == "") != (i == 0) || i > 0 && len(p.missing) <= len(plans()[i-1].missing) {
			t.Errorf("plan %d lacks %q", i, p.missing)
		}
	}
}
