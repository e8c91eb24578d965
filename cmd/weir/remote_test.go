// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"golang.org/x/sys/unix"
)

// No test asks the usual socket itself: a weir might be there.
func TestWhichSocket(t *testing.T) {
	for name, row := range map[string]struct{ flag, env, want string }{
		"flag":  {"a.sock", "b.sock", "a.sock"},
		"shell": {"", "b.sock", "b.sock"},
		"usual": {"", "", defaultSocket},
	} {
		t.Setenv(socketVariable, row.env)
		if got, err := socketOf(row.flag, ""); got != row.want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	const hint = "no weir answers at /run/weir/admin.sock: no such file or directory; -socket, -config or $WEIR_SOCKET names another one"
	if got := unanswered(defaultSocket, unix.ENOENT).Error(); got != hint {
		t.Errorf("%q, want %q", got, hint)
	}
}
