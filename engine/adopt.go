// SPDX-License-Identifier: Apache-2.0

package engine

// Adopt makes a connection of a connected, non-blocking stream socket that was
// not accepted here: dialled, or inherited. The descriptor is the engine's from
// then on. It is called on the loop that is to own the connection.
func (l *Loop) Adopt(fd int, user func(*Conn) Handler) {
	l.load.Add(1)
	l.adopt(fd, guest{}, user)
}
