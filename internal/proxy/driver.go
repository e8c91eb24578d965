// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"

	"weir/engine/driver"
	"weir/engine/epoll"
	"weir/engine/uring"
	"weir/internal/config"
)

// spareThreads are the places beside the loops in which Go code may run. With
// none to spare, a loop that waits in the kernel loses its place to any
// computing goroutine, for milliseconds (engine's test of a quiet pair beside a
// full pool shows both).
const spareThreads = 2

// gcPercent is how much garbage may stand beside what lives before the collector
// runs, unless GOGC says otherwise. The path of stanzas makes none, so this costs
// something only when components come and go; in return an idle one is held in
// half the garbage of its coming.
const gcPercent = 50

// nodePercent is gcPercent for a node of a cluster. There each frame between nodes is
// garbage when it has been gone through, NATS' and not ours to keep, so with gcPercent
// the collector would run all the time.
const nodePercent = 200

// setCollector applies one of them.
func setCollector(clustered bool) {
	percent := gcPercent
	if clustered {
		percent = nodePercent
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// stillPercent holds instead while streams stand still for an upgrade, unless the
// collector is off: most of what is made then is over in a moment, and to collect it
// again and again was a third of the processor time that they wait for. GOMEMLIMIT
// bounds it as ever.
const stillPercent = 800

// unhurried has the collector leave things lie until the function it returns is
// called.
func unhurried() (hurry func()) {
	was := debug.SetGCPercent(stillPercent)
	if was < 0 || was > stillPercent {
		debug.SetGCPercent(was)
	}
	return func() { debug.SetGCPercent(was) }
}

// loops is the number of event loops: as configured, else one for each processor
// this process may use, which honours a cgroup's quota.
func loops(e *config.Engine) int {
	if e.Loops > 0 {
		return e.Loops
	}
	return runtime.GOMAXPROCS(0)
}

// drivers chooses the loops' drivers. io_uring falls back to epoll, with one log
// line that says why: an operator who asked for speed still wants to serve.
// "auto" is epoll: on the path of stanzas neither is ahead by enough everywhere
// (docs/PERFORMANCE.md), and epoll is the older code on both sides of the kernel.
func drivers(wanted string, log *slog.Logger) (open func(int) ([]driver.Driver, error), name string) {
	if wanted != config.DriverIOURing {
		return epoll.New, config.DriverEpoll
	}
	caps, err := uring.Probe()
	switch {
	case err != nil:
		log.Warn("io_uring cannot be had, epoll takes its place", "reason", err)
		return epoll.New, config.DriverEpoll
	case caps.Missing != "":
		log.Warn("io_uring in a lesser mode", "missing", caps.Missing)
	}
	return uring.New, config.DriverIOURing
}

// Drivers are the engine's drivers that this kernel offers.
func Drivers() []string {
	if _, err := uring.Probe(); err != nil {
		return []string{config.DriverEpoll}
	}
	return []string{config.DriverEpoll, config.DriverIOURing}
}
