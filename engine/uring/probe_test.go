// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"errors"
	"testing"
)

func TestProbe(t *testing.T) {
	caps, err := Probe()
	if err != nil {
		t.Skip("no io_uring here: ", err)
	}
	t.Logf("%+v", caps)
}

func TestSwitchOff(t *testing.T) {
	t.Setenv(switchOff, "1")
	if _, err := Probe(); !errors.Is(err, ErrSwitchedOff) {
		t.Fatalf("Probe: %v, want ErrSwitchedOff", err)
	}
}
