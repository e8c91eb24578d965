// SPDX-License-Identifier: Apache-2.0

package link

// Control is the channel of acknowledgements and probes, beside the lanes 0, 1, 2….
const Control = 0xff

// Bus carries frames between nodes: each at most once, and what one node sends to another on one channel in the order in
// which it was sent, or not at all. It may lose and break off; a link finds out. linktest.Bus holds what it must do.
type Bus interface {
	// Start begins to receive. It is called once, before anything else.
	Start(c Channels, r Receiver) error
	// Publish sends a frame to a node. It may block for as long as the bus is slow, and must not keep the frame. ErrDown and
	// ErrRefused say that it was not sent; with any other error it may have been. One goroutine a channel calls it.
	Publish(to NodeID, channel uint8, frame []byte) error
	// SlowConsumers is how often what came was dropped, as nobody took it in time: with these windows, never.
	SlowConsumers() int64
	// MaxFrame is how many bytes a frame may have.
	MaxFrame() int
	// Close ends it. When it has returned, the receiver is called no more.
	Close()
}

// Channels are what a link wants to receive: the lanes 0 to Lanes-1, and Control. The windows bound what waits on a
// lane: below that nothing may be dropped.
type Channels struct {
	Lanes         int
	PendingFrames int
	PendingBytes  int
}

// Receiver is told what comes. Its methods must not block for long, or the bus loses frames; the windows of a link
// bound what can wait.
type Receiver interface {
	// Frame is given what a node has sent; one channel's frames come one after another, different channels' at once.
	// The frame is the receiver's from now on.
	Frame(from NodeID, channel uint8, frame []byte)
	// NoResponder says that nobody was there to take something sent to a node a moment ago.
	NoResponder(to NodeID)
	// Down says that the bus has lost its connection, Up that it has one again; it begins up.
	Down()
	Up()
}
