// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natsd

import (
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a NATS server in this process. It is safe for concurrent use.
type Server struct {
	s         *server.Server
	temporary string // directory to remove, if any
	once      sync.Once
}

// Start starts one, and returns when clients can connect and routes are accepted. It does not wait for the others.
func Start(o Options) (*Server, error) {
	o.setDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	n := &Server{}
	if o.StoreDir == "" {
		dir, err := os.MkdirTemp("", "weir-nats-")
		if err != nil {
			return nil, err
		}
		n.temporary, o.StoreDir = dir, dir
	}
	if err := n.start(&o); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

func (n *Server) start(o *Options) error {
	c, err := config(o, o.StoreDir)
	if err != nil {
		return err
	}
	if n.s, err = server.NewServer(c); err != nil {
		return fmt.Errorf("natsd: %w", err)
	}
	log := &logger{log: o.Log}
	n.s.SetLogger(log, false, false)
	go n.s.Start()
	for end := time.Now().Add(startTimeout); !n.s.ReadyForConnections(100 * time.Millisecond); {
		if why := log.reason(); why != "" {
			return fmt.Errorf("natsd: %s", why)
		}
		if time.Now().After(end) {
			return fmt.Errorf("natsd: not ready in %s", startTimeout)
		}
	}
	return nil
}

// InProcessConn is a client's connection to the server, without a socket.
func (n *Server) InProcessConn() (net.Conn, error) { return n.s.InProcessConn() }

// RouteAddress is where routes are accepted, empty if nowhere.
func (n *Server) RouteAddress() string { return routeAddress(n.s) }

// Stats is how the server does.
func (n *Server) Stats() Stats {
	return Stats{
		Servers:       n.s.NumRemotes(),
		Routes:        n.s.NumRoutes(),
		SlowConsumers: n.s.NumSlowConsumers(),
		Stalled:       n.s.NumStalledClients(),
		Subscriptions: n.s.NumSubscriptions(),
		Connections:   n.s.NumClients(),
	}
}

// Close hands over what this server leads, ends it and waits for its end. Clients should have gone before.
func (n *Server) Close() {
	n.once.Do(func() {
		if n.s != nil {
			n.s.Shutdown()
			n.s.WaitForShutdown()
		}
		if n.temporary != "" {
			os.RemoveAll(n.temporary)
		}
	})
}
