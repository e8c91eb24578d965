// SPDX-License-Identifier: Apache-2.0

package upgrade

import (
	"time"

	"weir/engine"
	"weir/internal/guard"
	"weir/internal/session"
	"weir/internal/upstream"
	"weir/table"
)

// Format is the version of all that is said. It changes when something that is said
// comes to mean something else; two programs of different formats do not talk.
const Format = 1

// Message is one thing that is said: of its fields one is set. In this order:
//
//	new  Hello     which program it is
//	old  Offer     the listening sockets there are
//	new  Prepared  it has read its configuration, opened what is new, and holds still
//	old  Stream…   every stream, with its descriptor
//	old  Rest      and what belongs to no stream
//	new  Taken     it has everything, and goes on with it from here
//	old  Stream    one that was still negotiating TLS, or
//	     Homeless  a stanza of a stream that stayed to end, until it closes
//
// Instead of each of its words the new one may say Failed.
type Message struct {
	FDs      int // descriptors that come with it
	Hello    *Hello
	Offer    *Offer
	Prepared *Prepared
	Stream   *Stream
	Rest     *Rest
	Taken    *Taken
	Homeless *Homeless
	Counts   *Counts
	Failed   *Failed
}

// Hello is the new one's first word.
type Hello struct {
	Format  int
	Version string
}

// Kinds of listening sockets.
const (
	ForComponents = "components"
	ForAdmin      = "admin"        // an address
	ForOperator   = "admin-socket" // a path
)

// Listening is one listening socket.
type Listening struct {
	Kind, Addr string
	FD         int
}

// Offer tells what sockets are offered, in the order of their descriptors.
type Offer struct{ Sockets []Socket }

// Socket is a set of listening sockets for one address.
type Socket struct {
	Kind string
	Addr string // as configured
	FDs  int
}

// Prepared says that the streams may come.
type Prepared struct{}

// Stream is a connection that goes on in the new process; its descriptor comes with
// it.
type Stream struct {
	Door int // the listener by which it came, by its place in Offer; NoDoor for a link
	Conn engine.State
	// Session is nil for a connection that is still to say whom it is from.
	Session *session.State
	Preface *Preface
	// Tunnel says that the descriptor leads to the old process, which goes on with
	// the connection's TLS.
	Tunnel bool
}

// NoDoor is the door of what did not come by a listener, or by one that is gone.
const NoDoor = -1

// Preface is what has come of a PROXY header.
type Preface struct {
	Got  []byte
	Left time.Duration // for the rest of it
}

// Rest is what belongs to no stream.
type Rest struct {
	LastConn     uint32
	LastInstance uint64
	Names        []table.Entry
	Upstream     []upstream.State
	Counts       Counts
	Suspects     map[int][]guard.State // by the listener's place in Offer; a weir of before sends none
}

// Counts are what all loops have counted together.
type Counts struct {
	Engine  engine.Counters
	Session session.Counters
}

// Taken is the moment, see the package comment.
type Taken struct{}

// Homeless is a stanza that could not be delivered where its receiver's connection
// ends.
type Homeless struct {
	Raw []byte
	Src uint32
	Why uint8
}

// Failed says why the new one gives up.
type Failed struct{ Reason string }
