// SPDX-License-Identifier: Apache-2.0

package natsd

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"time"
)

var (
	// ErrNotBuilt: this binary was built without the server (tag nocluster).
	ErrNotBuilt = errors.New("natsd: built without NATS (tag nocluster): no cluster here")
	// ErrRouteTLS: routes to other machines need TLS.
	ErrRouteTLS = errors.New("natsd: routes beyond loopback need TLS")
)

// Options say what a server is. Limits that are 0 have the value given here.
type Options struct {
	Name    string // unlike every other server's; the node's ID
	Cluster string // the same on all servers

	// Listen is host:port for routes of other servers; empty: a server alone. Advertise is how the others reach it, if not so.
	Listen    string
	Advertise string
	// Peers are the other servers' Listen addresses. One's own among them does no harm.
	Peers []string
	// TLS is shown to, and asked of, the other servers: a certificate good for server and client, RootCAs and ClientCAs with
	// their authority. A client certificate is always required. nil is only allowed where every address is loopback.
	TLS *tls.Config

	// StoreDir is where JetStream keeps the cluster's own Raft state (streams are in memory); empty: a temporary directory,
	// removed by Close. A server that is started again should have the same.
	StoreDir    string
	MemoryBytes int64 // 256 MiB; JetStream's bound
	MaxPayload  int   // 1 MiB; the largest message
	MaxPending  int64 // 16 MiB; what may wait for one client before it is cut off

	Log *slog.Logger // nil: none
}

const (
	memoryBytesDefault = 256 << 20
	maxPayloadDefault  = 1 << 20
	maxPendingDefault  = 16 << 20

	pingInterval  = 2 * time.Second // a frozen client or server is cut off after three: the default is six minutes
	pingsMissed   = 2
	writeDeadline = 5 * time.Second
	startTimeout  = 10 * time.Second
)

// Stats is a server's state, for metrics.
type Stats struct {
	Servers       int   // other servers this one is joined to
	Routes        int   // connections to them, several to each
	SlowConsumers int64 // clients and routes cut off since the start, as too much waited for them: must stay 0
	Stalled       int64 // times that a client was held up, as another did not read
	Subscriptions uint32
	Connections   int
}

func (o *Options) setDefaults() {
	if o.MemoryBytes == 0 {
		o.MemoryBytes = memoryBytesDefault
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = maxPayloadDefault
	}
	if o.MaxPending == 0 {
		o.MaxPending = maxPendingDefault
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

func (o *Options) check() error {
	if o.Name == "" || o.Listen != "" && o.Cluster == "" {
		return errors.New("natsd: a server needs a name, and one with routes its cluster's name")
	}
	if o.Listen == "" {
		if len(o.Peers) != 0 {
			return errors.New("natsd: peers without an address to listen on")
		}
		return nil
	}
	if len(o.Peers) == 0 {
		return errors.New("natsd: routes but no peers")
	}
	for _, address := range append([]string{o.Listen}, o.Peers...) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		if o.TLS == nil && !loopback(host) {
			return ErrRouteTLS
		}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
