// SPDX-License-Identifier: Apache-2.0

package driver

// Status says what a Data call is about.
type Status uint8

const (
	// Open: the bytes are the next ones of the stream.
	Open Status = iota
	// End: the peer has finished sending. No bytes come with it, and none
	// follow; only Failed may.
	End
	// Failed: the connection is broken. No bytes come with it, and nothing
	// follows. It comes once; for a held slot at once or after the next Recv.
	Failed
)

// Caps says what a driver does beyond the least the interface asks for.
type Caps struct {
	Name    string // "epoll", "io_uring"
	Late    int    // bytes of Data that may still arrive for a slot after Hold
	Missing string // what the kernel lacked, where a lesser mode was taken; else empty
}

// Driver serves one loop. All methods but Wake and Stop are called on the
// loop's goroutine, from within the Sink's methods or before Run.
type Driver interface {
	// Run blocks until Stop and calls the sink. It returns nil after Stop.
	Run(Sink) error
	// Wake ends a wait, so that EndBatch is called soon. Safe from anywhere;
	// one that comes before Run counts, one after it does nothing.
	Wake()
	// Stop makes Run return after the batch in hand. Safe from anywhere.
	Stop()

	// Listen switches the readiness reports of a listening descriptor; they
	// are level-triggered: Acceptable comes again while somebody waits.
	Listen(fd int, s Slot, on bool) error
	// Unlisten forgets a listening descriptor, which the caller may then close.
	Unlisten(fd int, s Slot)

	// Add takes a connected, non-blocking descriptor. Nothing is read yet.
	Add(fd int, s Slot) error
	// Recv starts reading. max 0: whatever comes, until Hold. max > 0: one
	// Data of at most max bytes, then the slot is held again by itself. While
	// one is under way, another changes what is asked; what is on its way
	// already, up to Caps.Late bytes, may still come as it was asked before.
	Recv(s Slot, max int)
	// Hold stops reading. Up to Caps.Late bytes may still be delivered.
	Hold(s Slot)
	// Writable asks for one Writable call when the socket takes bytes again.
	Writable(s Slot)
	// Release ends the registration. Released follows, never from within
	// this call, once the kernel holds nothing of it; no other call does.
	Release(s Slot)
	// Detach is Release for a registration that may come back: what was received
	// already still comes as Data, and all of it before Released. An end or a
	// failure need not come: it is met again by who reads next. After Released the
	// same slot may be added again.
	Detach(s Slot)

	// Timer asks for a batch at the given time of Now, in place of the time
	// asked for before; 0 asks for none.
	Timer(at int64)
	Caps() Caps
}

// Sink is the engine's side. All methods are called on the loop's goroutine,
// one at a time. An implementation must not block.
type Sink interface {
	// Acceptable: a listening descriptor has somebody waiting.
	Acceptable(Slot)
	// Data brings received bytes; b is valid within the call only.
	Data(s Slot, b []byte, st Status)
	// Writable answers Driver.Writable.
	Writable(Slot)
	// Released answers Driver.Release and Driver.Detach; the descriptor is the
	// caller's to close.
	Released(s Slot, fd int)
	// EndBatch closes each batch: at the latest after BatchEvents calls of Data
	// and Acceptable, and once after every Wake and Timer. now is the time of Now.
	EndBatch(now int64)
}

// BatchEvents is how much a driver may hand over before it calls
// EndBatch: what waits in outboxes must not wait for a longer batch than this.
const BatchEvents = 32

// ReadBytes is the most that one Data brings. 64 KiB amortises a system call
// over some 350 small stanzas and still leaves room for them in a core's cache.
const ReadBytes = 64 << 10
