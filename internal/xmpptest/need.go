// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"os"
	"os/exec"
	"testing"
)

// Need skips the test, saying why, when something it needs from outside is not on this machine (err tells what is missing,
// hint how to get it). `make test` installs what it can and lists every skipped test at its end. With CI=true a missing thing
// is a failure: there a skipped test would be an untested promise.
func Need(t testing.TB, err error, hint string) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("%v (%s), and with CI=true nothing is skipped", err, hint)
	default:
		t.Skipf("%v (%s)", err, hint)
	}
}

// NeedProgram returns the path of a program, or skips the test as Need does.
func NeedProgram(t testing.TB, name, hint string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	Need(t, err, hint)
	return path
}
