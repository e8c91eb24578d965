// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"log/slog"
	"time"

	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/link"
	"weir/internal/cluster/registry"
	"weir/internal/session"
)

// Options are what a Node is made with.
type Options struct {
	Self    directory.Peer
	Version string
	Log     *slog.Logger
	Hub     *session.Hub
	Engine  *engine.Engine
	Dir     *directory.Directory

	Store registry.Store
	Bus   link.Bus // the node's from now on
	Asker Asker

	Scope    registry.Scope
	Takeover registry.Takeover
	// ServeLocal has a node that has lost the others go on with names that are its
	// alone; without it their streams are ended when its lease is.
	ServeLocal bool

	LeaseTTL        time.Duration
	LeaseRefresh    time.Duration
	LeaseMargin     time.Duration
	RegistryTimeout time.Duration // for a component to be given its names
	StanzaBytes     int           // the largest stanza

	ServerStats func() Server // of the NATS server in this process; nil: there is none
	Close       func()        // ends what was opened for the node; nil: nothing was
}

// Asker asks other nodes a question, and has ours answered.
type Asker interface {
	// Serve has the questions of others answered.
	Serve(answer func(question []byte) []byte) error
	// Ask waits for the answer. ErrNobody: nobody listens there.
	Ask(ctx context.Context, to directory.Node, question []byte) ([]byte, error)
}
