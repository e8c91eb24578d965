// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"log/slog"
	"testing"
)

// A new weir would make up another password than the one that was printed.
func TestTheBuiltInConfigurationIsNotUpgraded(t *testing.T) {
	s := &server{log: slog.New(slog.DiscardHandler)}
	done := make(chan upgraded, 1)
	s.upgrade(upgradeAsk{done: done})
	if r := <-done; !errors.Is(r.err, errBuiltIn) || s.next != nil {
		t.Errorf("upgraded: %v", r.err)
	}
}
