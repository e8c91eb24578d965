// SPDX-License-Identifier: Apache-2.0

package epoll

import (
	"net"
	"net/netip"

	"github.com/cloudwego/netpoll"
)

// hook is what netpoll sees of a loop: a listener whose descriptor is the
// loop's epoll set. When anything in the set is ready the set is readable, and
// netpoll, on the goroutine of the one poller it has picked, "accepts": that is
// our batch. netpoll takes (nil, nil) for "nobody there after all".
type hook struct{ d *Driver }

var _ netpoll.Listener = hook{}

func (h hook) Fd() int { return h.d.epfd }

func (h hook) Accept() (net.Conn, error) {
	d := h.d
	if !d.met { // even if stopped already: others wait for it
		d.met = true
		if err := d.group.meet(); err != nil {
			d.stopped.Store(true) // no batch any more
			d.finish(err)
			return nil, nil
		}
	}
	if d.stopped.Load() {
		d.finish(nil)
		return nil, nil
	}
	d.batch()
	return nil, nil
}

func (h hook) Addr() net.Addr { return net.TCPAddrFromAddrPort(netip.AddrPort{}) }

// Close is called by netpoll when Run ends; the driver closes its set itself.
func (h hook) Close() error { return nil }
