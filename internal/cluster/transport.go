// SPDX-License-Identifier: Apache-2.0

package cluster

import "crypto/tls"

// Transport says how the nodes reach each other.
type Transport struct {
	// Embedded: by NATS servers inside the nodes, joined by routes. Else by servers
	// that are there.
	Embedded bool

	Name      string      // the cluster's; embedded
	Listen    string      // for routes of other nodes; embedded
	Advertise string      // how they reach it, if not so
	Peers     []string    // all nodes' Listen
	StoreDir  string      // for the servers' own state; empty: a temporary one
	Replicas  int         // how many servers keep the table
	TLS       *tls.Config // of routes; else of the connection to the servers

	Servers     []string // NATS addresses
	Credentials string   // path of a NATS credentials file
	Bucket      string   // that holds the table; empty: WEIR
	Existing    bool     // it was made for us, and we may not make it
}
