// SPDX-License-Identifier: Apache-2.0

package freeport

import (
	"fmt"
	"net"
	"testing"
)

// No port comes twice, and none that somebody listens on.
func TestNext(t *testing.T) {
	given.Store(0)
	taken, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", first+3))
	if err == nil { // else somebody else has it, which is as good
		defer taken.Close()
	}
	seen := map[int]bool{first + 3: true}
	for range 200 {
		port, err := Next()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] || port < first || port >= last {
			t.Fatalf("port %d", port)
		}
		seen[port] = true
	}
}
