// SPDX-License-Identifier: Apache-2.0

package epoll

import (
	"net"
	"net/netip"
	"runtime"

	"github.com/cloudwego/netpoll"

	"weir/engine/driver"
)

// linger is how long a loop waits for its own set before it goes back to
// netpoll's, in milliseconds: longer than a busy loop is ever without an event,
// and so long that going back costs nothing.
const linger = 100

// hook is what netpoll sees of a loop: a listener whose descriptor is the
// loop's epoll set. When anything in the set is ready the set is readable, and
// netpoll, on the goroutine of the one poller it has picked, "accepts": those are
// our batches. netpoll takes (nil, nil) for "nobody there after all".
//
// A loop at work stays in Accept and waits for its own set. To return to netpoll
// costs a look at netpoll's set, a turn of the scheduler and a wait for one set by
// way of another, which for a stanza that comes alone is a third of all there is
// to do. A loop that had nothing to do for a linger sleeps where netpoll sleeps.
//
// Its goroutine keeps one thread. Go's scheduler interrupts who does not come back to
// it for 10 ms, and would have the loop go on in another thread, which the kernel has
// left wherever it ran last: as often as not beside the other loop, while a processor
// stands idle. Then each waits for the end of the other's slice, some milliseconds.
type hook struct{ d *Driver }

var _ netpoll.Listener = hook{}

func (h hook) Fd() int { return h.d.epfd }

func (h hook) Accept() (net.Conn, error) {
	d := h.d
	if !d.met { // even if stopped already: others wait for it
		d.met = true
		runtime.LockOSThread() // until finish
		driver.ShortSlice()
		if err := d.group.meet(); err != nil {
			d.stopped.Store(true) // no batch any more
			d.finish(err)
			return nil, nil
		}
	}
	if d.stopped.Load() { // Run may have closed the set already
		d.finish(nil)
		return nil, nil
	}
	for n := look(d.epfd, d.events[:]); ; {
		d.batch(n)
		if d.stopped.Load() {
			d.finish(nil)
			return nil, nil
		}
		if n = wait(d.epfd, d.events[:], linger); n == 0 {
			return nil, nil
		}
	}
}

func (h hook) Addr() net.Addr { return net.TCPAddrFromAddrPort(netip.AddrPort{}) }

// Close is called by netpoll when Run ends; the driver closes its set itself.
func (h hook) Close() error { return nil }
