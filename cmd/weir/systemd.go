// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// serviceManager is whoever started us and listens on NOTIFY_SOCKET
// (sd_notify(3)), if anybody does. A message that cannot be sent is logged and
// otherwise without consequence.
type serviceManager struct {
	socket string
	log    *slog.Logger
}

// newServiceManager takes the socket from the environment, and out of it: what
// we might start is not the service.
func newServiceManager(log *slog.Logger) *serviceManager {
	m := &serviceManager{os.Getenv("NOTIFY_SOCKET"), log}
	if err := os.Unsetenv("NOTIFY_SOCKET"); err != nil {
		log.Warn("cannot clear the environment", "err", err)
	}
	return m
}

func (m *serviceManager) ready()    { m.tell("READY=1") }
func (m *serviceManager) stopping() { m.tell("STOPPING=1") }

// reloading must be followed by ready; the time lets systemd pair the two.
func (m *serviceManager) reloading() {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		m.log.Warn("cannot read the clock", "err", err)
		return
	}
	m.tell(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", t.Nano()/int64(time.Microsecond)))
}

// watchdog says that we live, twice as often as WATCHDOG_USEC asks, until ctx
// is done.
func (m *serviceManager) watchdog(ctx context.Context) {
	usec, err := strconv.Atoi(os.Getenv("WATCHDOG_USEC"))
	pid := os.Getenv("WATCHDOG_PID")
	if m.socket == "" || err != nil || usec <= 0 || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return
	}
	tick := time.NewTicker(max(time.Millisecond, time.Duration(usec)*time.Microsecond/2))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.tell("WATCHDOG=1")
		}
	}
}

func (m *serviceManager) tell(state string) {
	if m.socket == "" {
		return
	}
	// A leading @ is an abstract address, to Go as well.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write([]byte(state))
		err = errors.Join(err, conn.Close())
	}
	if err != nil {
		m.log.Warn("cannot tell the service manager", "err", err)
	}
}
