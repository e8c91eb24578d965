// SPDX-License-Identifier: Apache-2.0

package freeport

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
)

// Ports are taken from these: below those that the kernel gives to whoever asks for
// any, connections included, so that no one of these can take one before the program
// listens, or while it is restarted.
const first, last = 10_000, 30_000

// given counts the ports that were looked at, from somewhere: one process gets none
// twice, and two that look at the same time hardly ever the same.
var given = somewhere()

func somewhere() *atomic.Uint32 {
	n := new(atomic.Uint32)
	n.Store(rand.Uint32N(last - first))
	return n
}

// Next is a port on 127.0.0.1 that nobody listens on, and that this process was not
// given before (but 20,000 ports ago).
func Next() (port int, err error) {
	for range last - first {
		port = first + int(given.Add(1)%(last-first))
		l, e := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		if e == nil {
			return port, l.Close()
		}
		err = e
	}
	return 0, err
}
