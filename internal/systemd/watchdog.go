// SPDX-License-Identifier: Apache-2.0

package systemd

import (
	"context"
	"time"
)

// Watchdog gives signs of life, twice as often as the manager asks for, until
// ctx is done: each time only if alive says so. The manager ends a service that
// has given none for too long, and starts it anew.
func (m *Manager) Watchdog(ctx context.Context, alive func() bool) {
	if m.socket == "" || m.interval == 0 {
		return
	}
	tick := time.NewTicker(max(time.Millisecond, m.interval/2))
	defer tick.Stop()
	well := true
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if ctx.Err() != nil {
			return
		}
		was := well
		if well = alive(); well {
			m.Notify("WATCHDOG=1")
		} else if was && ctx.Err() == nil {
			m.log.Error("no sign of life for the service manager: a loop does not answer", "restart_after", m.interval)
		}
	}
}
