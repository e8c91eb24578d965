// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// loadEnv makes of this test binary the load of BenchmarkForward: its value is
// the port, the number of pairs, and the units under way for each.
const loadEnv = "WEIR_FORWARD_LOAD"

func TestMain(m *testing.M) {
	if v := os.Getenv(loadEnv); v != "" {
		var port, pairs, flight int
		if _, err := fmt.Sscan(v, &port, &pairs, &flight); err != nil {
			panic(err)
		}
		load(port, pairs, flight)
		return
	}
	os.Exit(m.Run())
}

// load connects the pairs, and for every number on its input sends so many
// units and answers with the nanoseconds that took. It is one thread around one
// epoll set: what a sink has read, its source sends anew.
func load(port, pairs, flight int) {
	runtime.LockOSThread()
	set, err := unix.EpollCreate1(0)
	check(err)
	fds := make([]int, 2*pairs)
	for i := range fds {
		fds[i] = enrol(port, i)
		if i%2 == 1 {
			check(unix.EpollCtl(set, unix.EPOLL_CTL_ADD, fds[i], &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}))
		}
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		units, err := strconv.Atoi(in.Text())
		check(err)
		start := time.Now()
		send(set, fds, units*unitBytes, flight*unitBytes)
		fmt.Println(time.Since(start).Nanoseconds())
	}
}

// enrol connects one side, says which it is, and waits to be heard.
func enrol(port, index int) (fd int) {
	fd, err := dial(&unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port})
	check(err)
	check(unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1))
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(index))
	_, err = unix.Write(fd, b[:])
	check(err)
	_, err = unix.Read(fd, b[:])
	check(err)
	return fd
}

// send sends total bytes, no more than window of a pair at a time, and returns
// when the last has come back.
func send(set int, fds []int, total, window int) {
	buf := make([]byte, 256<<10)
	left := total
	put := func(fd, n int) {
		n = min(n, left)
		left -= n
		for n > 0 {
			k, err := unix.Write(fd, buf[:n])
			check(err)
			n -= k
		}
	}
	for i := 0; i < len(fds); i += 2 {
		put(fds[i], window)
	}
	var events [256]unix.EpollEvent
	for got := 0; got < total; {
		n, err := unix.EpollWait(set, events[:], -1)
		if err == unix.EINTR {
			continue
		}
		check(err)
		for _, ev := range events[:n] {
			k, err := unix.Read(fds[ev.Fd], buf)
			check(err)
			got += k
			put(fds[ev.Fd-1], k)
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
