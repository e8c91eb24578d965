// SPDX-License-Identifier: Apache-2.0

package systemd

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	socketVariable   = "NOTIFY_SOCKET"
	intervalVariable = "WATCHDOG_USEC"
	processVariable  = "WATCHDOG_PID"

	// sendTimeout is how long a full socket is waited for. The manager reads it
	// all the time; one that hangs must not make us hang.
	sendTimeout = time.Second
)

// Manager is whoever started us and listens on NOTIFY_SOCKET, if anybody does.
// A message that cannot be sent is logged and otherwise without consequence.
type Manager struct {
	socket   string
	interval time.Duration // between two signs of life; 0: nobody waits for one
	log      *slog.Logger
}

// New takes what concerns the manager from the environment, and out of it: a
// program that we start is not the service. One that is to become it is given
// Environment.
func New(log *slog.Logger) *Manager {
	m := &Manager{socket: os.Getenv(socketVariable), log: log}
	m.interval = interval(os.Getenv(intervalVariable), os.Getenv(processVariable))
	for _, name := range []string{socketVariable, intervalVariable, processVariable} {
		if err := os.Unsetenv(name); err != nil {
			log.Warn("cannot clear the environment", "err", err)
		}
	}
	return m
}

// interval is the watchdog's, if it is meant for this process.
func interval(usec, pid string) time.Duration {
	n, err := strconv.ParseInt(usec, 10, 64)
	if err != nil || n <= 0 || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}

// Ready ends the start and each reload. The status is a line for people, which
// systemctl status shows.
func (m *Manager) Ready(status string) {
	m.Notify("READY=1", "STATUS="+status)
}

// Reloading must be followed by Ready. The time lets the manager tell this
// reload's Ready from an earlier one's.
func (m *Manager) Reloading() {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		m.log.Warn("cannot read the clock", "err", err)
		return
	}
	m.Notify("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", t.Nano()/int64(time.Microsecond)))
}

// Stopping says that the service ends by itself, and how long that may take: the
// manager waits at least so long, whatever its own time-out.
func (m *Manager) Stopping(within time.Duration) {
	m.Notify("STOPPING=1", fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", within.Microseconds()), "STATUS=leaving")
}

// Successor makes another process the service, which is ready, and ends a reload.
// It must be a descendant of ours. From then on we are not listened to any more; it
// says nothing that must be heard before.
func (m *Manager) Successor(pid int, status string) {
	m.Notify(fmt.Sprintf("MAINPID=%d", pid), "READY=1", "STATUS="+status)
}

// Environment is what a successor needs to find the manager.
func (m *Manager) Environment() []string {
	if m.socket == "" {
		return nil
	}
	env := []string{socketVariable + "=" + m.socket}
	if m.interval > 0 {
		env = append(env, fmt.Sprintf("%s=%d", intervalVariable, m.interval.Microseconds()))
	}
	return env
}

// Notify sends assignments as one message, so that they take effect together.
func (m *Manager) Notify(assignments ...string) {
	if m.socket == "" {
		return
	}
	for i, a := range assignments {
		assignments[i] = strings.ReplaceAll(a, "\n", " ") // a line is an assignment
	}
	if err := m.send(strings.Join(assignments, "\n")); err != nil {
		m.log.Warn("cannot tell the service manager", "err", err)
	}
}

func (m *Manager) send(message string) error {
	// A leading @ is an abstract address, to Go as well.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // nothing is buffered
	if err := conn.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil {
		return err
	}
	_, err = conn.Write([]byte(message))
	return err
}
