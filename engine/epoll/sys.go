// SPDX-License-Identifier: Apache-2.0

package epoll

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// But for wait, the calls below are made raw: none of them can block, and the
// scheduler's bookkeeping around a blocking call would cost as much as a small read.

// look fills events without waiting and returns how many there are.
func look(epfd int, events []unix.EpollEvent) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0 // EINTR: the set is level-triggered, the next batch sees the same
	}
	return int(n)
}

// wait is look that waits for the first one, at most so many milliseconds. An
// interrupted wait has found nothing.
func wait(epfd int, events []unix.EpollEvent, millis int) int {
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(millis), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// receive reads what a socket holds, at most len(b) bytes. again says that it
// holds nothing; n is 0 without again at the end of the stream.
func receive(fd int, b []byte) (n int, again bool, err error) {
	for {
		r, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd),
			uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(r), false, nil
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return 0, true, nil
		default:
			return 0, false, os.NewSyscallError("recv", errno)
		}
	}
}

// epollCtl changes the set.
func epollCtl(epfd, op, fd int, ev *unix.EpollEvent) error {
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(epfd, op, fd, ev))
}
