// SPDX-License-Identifier: Apache-2.0

// Package systemd tells the service manager how the service stands, in the
// protocol of sd_notify(3).
//
//	manager.go   what is said, and how it is sent
//	watchdog.go  the sign of life, given only while somebody vouches for it
//
// A Manager is immutable and safe for concurrent use. Without NOTIFY_SOCKET in
// the environment all its methods do nothing.
//
// It deliberately knows nothing of units, D-Bus or socket activation. It is not
// github.com/coreos/go-systemd's daemon package because that sends without a
// deadline: a manager that does not read would hold the goroutine that obeys
// signals.
package systemd
