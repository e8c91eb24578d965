// SPDX-License-Identifier: Apache-2.0

package link

import (
	"crypto/tls"
	"log/slog"
	"net"
	"strconv"
	"strings"
)

// Subjects are xp.n.<to>.<from>.<channel>, so that NATS can be told to let a node publish only xp.n.*.<itself>.* and
// receive only xp.n.<itself>.*.*; channels are the numbers of the lanes, and c.
const (
	subjectPrefix  = "xp.n."
	subjectControl = "c"
)

// Dial is how to reach NATS for the frames of one node. Registry and link use a connection each, so that neither waits
// behind the other.
type Dial struct {
	Self        NodeID
	Servers     []string    // nats:// or tls:// addresses, in no order. Not used with InProcess
	InProcess   InProcess   // a server in this process; nil: none
	Credentials string      // path of a credentials file; empty: none
	TLS         *tls.Config // nil: as the addresses say
	Log         *slog.Logger
}

// InProcess is a NATS server in this process (natsd.Server).
type InProcess interface {
	InProcessConn() (net.Conn, error)
}

func subject(to, from NodeID, channel uint8) string {
	name := subjectControl
	if channel != Control {
		name = strconv.Itoa(int(channel))
	}
	return subjectPrefix + string(to) + "." + string(from) + "." + name
}

// sender finds who published to a subject; false if it is not one of ours.
func sender(subject string) (NodeID, bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 5 {
		return "", false
	}
	from := NodeID(parts[3])
	return from, from.Valid()
}
