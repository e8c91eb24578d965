// SPDX-License-Identifier: Apache-2.0

package uring

import "errors"

var (
	// ErrUnsupported: this kernel is too old for any ring we could use.
	ErrUnsupported = errors.New("uring: the kernel lacks what is needed (Linux 6.0 or later)")
	// ErrForbidden: there is an io_uring, but not for us: the sysctl
	// kernel.io_uring_disabled, or a container's system call filter.
	ErrForbidden = errors.New("uring: io_uring is forbidden here (kernel.io_uring_disabled, or a system call filter)")
	// ErrSwitchedOff: the environment says not to use it.
	ErrSwitchedOff = errors.New("uring: switched off by " + switchOff)
	// ErrSilent: a ring was made, and the trial run on it came to no end.
	ErrSilent = errors.New("uring: a trial ring did not answer")
)
