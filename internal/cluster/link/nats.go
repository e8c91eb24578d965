// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package link

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	dialTimeout   = 5 * time.Second
	redialEvery   = 100 * time.Millisecond // after a loss; up to twice that, so that nodes do not come all at once
	writeDeadline = 5 * time.Second        // a server that takes nothing for so long is frozen
	pingInterval  = 2 * time.Second
	pingsMissed   = 2
)

// natsBus is a Bus over core NATS.
type natsBus struct {
	self  NodeID
	nc    *nats.Conn
	log   *slog.Logger
	inbox string // where the server says that nobody was there: inbox.<to>

	slow atomic.Int64

	// The names of each channel's destinations, used by one goroutine a channel.
	names [lanesMax + 1]map[NodeID]names

	mu     sync.RWMutex // read-held while the receiver is called
	r      Receiver     // nil before Start and after Close
	closed bool
}

type names struct{ subject, reply string }

// DialNATS connects to NATS. It waits until it is connected, or gives the error of the first attempt; from then on it
// reconnects by itself.
func DialNATS(d Dial) (Bus, error) {
	if !d.Self.Valid() {
		return nil, errors.New("link: bad node " + string(d.Self))
	}
	b := &natsBus{self: d.Self, log: d.Log, inbox: "_INBOX_" + string(d.Self) + ".link"}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	options := []nats.Option{
		nats.Name("weir " + string(d.Self) + " link"),
		nats.CustomInboxPrefix("_INBOX_" + string(d.Self)),
		nats.Timeout(dialTimeout), nats.FlusherTimeout(writeDeadline),
		nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(pingsMissed),
		nats.MaxReconnects(-1), nats.ReconnectWait(redialEvery), nats.ReconnectJitter(redialEvery, redialEvery),
		// What cannot be sent now must not be sent later, behind answers that say that it was not.
		nats.ReconnectBufSize(-1),
		nats.ReconnectOnFlusherError(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { b.lost(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { b.back() }),
		nats.ErrorHandler(b.failed),
	}
	if d.InProcess != nil {
		options = append(options, nats.InProcessServer(d.InProcess))
	}
	if d.Credentials != "" {
		options = append(options, nats.UserCredentials(d.Credentials))
	}
	if d.TLS != nil {
		options = append(options, nats.Secure(d.TLS))
	}
	var err error
	if b.nc, err = nats.Connect(strings.Join(d.Servers, ","), options...); err != nil {
		return nil, err
	}
	return b, nil
}

// Start subscribes, and waits until the server knows.
func (b *natsBus) Start(c Channels, r Receiver) error {
	b.mu.Lock()
	b.r = r
	b.mu.Unlock()
	for i := range c.Lanes {
		if err := b.subscribe(uint8(i), c); err != nil {
			return err
		}
	}
	if err := b.subscribe(Control, c); err != nil {
		return err
	}
	if _, err := b.nc.Subscribe(b.inbox+".*", b.nobody); err != nil {
		return err
	}
	return b.nc.FlushTimeout(dialTimeout)
}

func (b *natsBus) subscribe(channel uint8, c Channels) error {
	sub, err := b.nc.Subscribe(subject(b.self, "*", channel), func(m *nats.Msg) {
		from, ok := sender(m.Subject)
		if !ok {
			return // an administrator's, or a test's: nobody of ours
		}
		b.tell(func(r Receiver) { r.Frame(from, channel, m.Data) })
	})
	if err != nil {
		return err
	}
	return sub.SetPendingLimits(c.PendingFrames, c.PendingBytes)
}

// Publish sends a frame. Each has a reply subject, so that the server says when nobody is there.
func (b *natsBus) Publish(to NodeID, channel uint8, frame []byte) error {
	if !b.nc.IsConnected() {
		return ErrDown
	}
	n := b.name(to, channel)
	err := b.nc.PublishRequest(n.subject, n.reply, frame)
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return ErrRefused
	case errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrConnectionClosed):
		return ErrDown
	case err != nil:
		// Part of it may have been written: what came behind would be read as the rest of it.
		b.nc.ForceReconnect()
	}
	return err
}

// name keeps the names of a destination, so that none is made for each frame.
func (b *natsBus) name(to NodeID, channel uint8) names {
	i := min(int(channel), lanesMax)
	n, ok := b.names[i][to]
	if !ok {
		n = names{subject(to, b.self, channel), b.inbox + "." + string(to)}
		if b.names[i] == nil {
			b.names[i] = map[NodeID]names{}
		}
		b.names[i][to] = n
	}
	return n
}

// nobody is told by the server that something had no subscriber.
func (b *natsBus) nobody(m *nats.Msg) {
	const noResponders = "503"
	to := NodeID(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:])
	if m.Header.Get("Status") == noResponders && len(m.Data) == 0 && to.Valid() {
		b.tell(func(r Receiver) { r.NoResponder(to) })
	}
}

func (b *natsBus) tell(what func(Receiver)) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.r != nil && !b.closed {
		what(b.r)
	}
}

func (b *natsBus) lost(err error) {
	b.tell(func(r Receiver) {
		b.log.Warn("link: lost the connection to NATS", "error", err)
		r.Down()
	})
}

func (b *natsBus) back() {
	b.tell(func(r Receiver) {
		b.log.Info("link: connected to NATS again", "server", b.nc.ConnectedUrlRedacted())
		r.Up()
	})
}

// failed is told what goes wrong beside the calls.
func (b *natsBus) failed(_ *nats.Conn, sub *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		b.slow.Add(1)
	}
	where := ""
	if sub != nil {
		where = sub.Subject
	}
	b.log.Error("link: NATS", "error", err, "subject", where)
}

func (b *natsBus) SlowConsumers() int64 { return b.slow.Load() }

func (b *natsBus) MaxFrame() int { return int(b.nc.MaxPayload()) }

func (b *natsBus) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.nc.Close()
}
