// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// upgradeTimeout is what an upgrade may take, start of the new process included.
const upgradeTimeout = 60 * time.Second

// Upgraded is what weir's log says of an upgrade.
type Upgraded struct {
	PID   int           // of the process that serves now
	Pause time.Duration // for how long streams stood still
}

var upgradedLine = regexp.MustCompile(`"msg":"upgraded: the new weir serves","pid":(\d+),"pause":(\d+)`)

// Upgrade has a new process take the place of weir's, as an operator would with
// USR2. From then on all methods mean the new one; the exit status is still that of
// the first.
func (w *Weir) Upgrade() Upgraded {
	w.t.Helper()
	before := len(upgradedLine.FindAllString(w.Log(), -1))
	w.Signal(syscall.SIGUSR2)
	return w.AwaitUpgrade(before)
}

// AwaitUpgrade waits for the end of an upgrade that was asked for in another way,
// when weir's log tells of so many.
func (w *Weir) AwaitUpgrade(before int) Upgraded {
	w.t.Helper()
	var u Upgraded
	done := w.log.wait(upgradeTimeout, func(out string) bool {
		all := upgradedLine.FindAllStringSubmatch(out, -1)
		if len(all) <= before {
			return false
		}
		last := all[len(all)-1]
		u.PID, _ = strconv.Atoi(last[1])
		ns, _ := strconv.ParseInt(last[2], 10, 64)
		u.Pause = time.Duration(ns)
		return true
	})
	if !done {
		w.t.Fatal("weir was not upgraded")
	}
	w.pid = u.PID
	return u
}
