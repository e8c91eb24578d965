// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/link"
	"weir/internal/cluster/natsd"
	"weir/internal/cluster/registry/natskv"
)

// Built says that this program has a cluster in it.
const Built = true

const (
	pingInterval  = 2 * time.Second // a frozen server is left after three
	pingsMissed   = 2
	reconnectWait = 200 * time.Millisecond
)

// Open opens what a node needs over NATS, and makes the node.
func Open(t Transport, o Options) (*Node, error) {
	opened := &opened{}
	if err := opened.open(t, &o); err != nil {
		opened.close()
		return nil, fmt.Errorf("cluster: %w", err)
	}
	o.Close = opened.close
	n, err := New(o)
	if err != nil {
		opened.close()
		return nil, err
	}
	return n, nil
}

// opened is what has been opened, to be closed in the opposite order.
type opened struct {
	server *natsd.Server
	conn   *nats.Conn
}

func (p *opened) open(t Transport, o *Options) (err error) {
	dial := link.Dial{Self: link.NodeID(o.Self.Node), Servers: t.Servers, Credentials: t.Credentials, TLS: t.TLS, Log: o.Log}
	servers := nats.Option(nil)
	if t.Embedded {
		if len(t.Peers) < 2 { // a server that waits for others to join would wait for ever
			t.Listen, t.Advertise, t.Peers = "", "", nil
		}
		if p.server, err = natsd.Start(natsd.Options{
			Name: string(o.Self.Node), Cluster: t.Name, Listen: t.Listen, Advertise: t.Advertise, Peers: t.Peers, TLS: t.TLS,
			StoreDir: t.StoreDir, MaxPayload: o.StanzaBytes + payloadRoom, Log: o.Log,
		}); err != nil {
			return err
		}
		dial.InProcess, dial.Servers, dial.TLS = p.server, nil, nil
		servers = nats.InProcessServer(p.server)
		o.ServerStats = func() Server {
			s := p.server.Stats()
			return Server{Embedded: true, Servers: s.Servers, SlowConsumers: s.SlowConsumers, Stalled: s.Stalled}
		}
	}
	if p.conn, err = connect(t, o, servers); err != nil {
		return err
	}
	if got, need := p.conn.MaxPayload(), int64(o.StanzaBytes+payloadRoom); !t.Embedded && p.conn.IsConnected() && got < need {
		return fmt.Errorf("the NATS server takes messages of %d bytes; the largest stanza needs %d (max_payload)", got, need)
	}
	o.Asker = &asker{conn: p.conn, self: o.Self.Node, log: o.Log}
	if o.Store, err = natskv.New(natskv.Options{Conn: p.conn, Bucket: t.Bucket, Replicas: t.Replicas, Existing: t.Existing}); err != nil {
		return err
	}
	o.Bus, err = link.DialNATS(dial)
	return err
}

// payloadRoom is what a frame needs beside the largest stanza.
const payloadRoom = 64 << 10

// connect opens the connection of the registry: the link has one of its own, so
// that neither waits behind the other.
func connect(t Transport, o *Options, servers nats.Option) (*nats.Conn, error) {
	options := []nats.Option{
		nats.Name("weir " + string(o.Self.Node)),
		nats.CustomInboxPrefix(inboxPrefix + string(o.Self.Node)),
		nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(pingsMissed),
		nats.ReconnectWait(reconnectWait), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				o.Log.Warn("the connection to NATS was lost", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { o.Log.Info("the connection to NATS is back") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { o.Log.Error("NATS", "error", err) }),
	}
	if servers != nil {
		return nats.Connect("", append(options, servers)...)
	}
	if t.Credentials != "" {
		options = append(options, nats.UserCredentials(t.Credentials))
	}
	if t.TLS != nil {
		options = append(options, nats.Secure(t.TLS))
	}
	var o2 nats.Options = nats.GetDefaultOptions()
	o2.Servers = t.Servers
	for _, f := range options {
		if err := f(&o2); err != nil {
			return nil, err
		}
	}
	return o2.Connect()
}

func (p *opened) close() {
	if p.conn != nil {
		p.conn.Close()
	}
	if p.server != nil {
		p.server.Close()
	}
}

// asker asks over NATS. A node answers at xp.q.NODE.
type asker struct {
	conn *nats.Conn
	self directory.Node
	log  *slog.Logger
}

const (
	askPrefix   = "xp.q."
	inboxPrefix = "_INBOX_"
)

// Serve implements Asker.
func (a *asker) Serve(answer func([]byte) []byte) error {
	_, err := a.conn.Subscribe(askPrefix+string(a.self), func(m *nats.Msg) {
		if !strings.HasPrefix(m.Reply, inboxPrefix) {
			return // an answer of ours must not go where only we may write
		}
		if err := m.Respond(answer(m.Data)); err != nil {
			a.log.Debug("a question of another node could not be answered", "error", err)
		}
	})
	return err
}

// Ask implements Asker.
func (a *asker) Ask(ctx context.Context, to directory.Node, question []byte) ([]byte, error) {
	m, err := a.conn.RequestWithContext(ctx, askPrefix+string(to), question)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, ErrNobody
	case err != nil:
		return nil, err
	}
	return m.Data, nil
}
