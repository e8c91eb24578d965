// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natsd

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

// config is o in the server's own words.
func config(o *Options, storeDir string) (*server.Options, error) {
	c := &server.Options{
		ServerName: o.Name,
		// Routes wait for the clients' listener to be open, so a server with routes has one; insiders keeps everybody out.
		Host:                       "127.0.0.1",
		Port:                       server.RANDOM_PORT,
		DontListen:                 o.Listen == "",
		CustomClientAuthentication: insiders{},
		NoSigs:                     true,
		PingInterval:               pingInterval,
		MaxPingsOut:                pingsMissed,
		WriteDeadline:              writeDeadline,
		MaxPayload:                 int32(o.MaxPayload),
		MaxPending:                 o.MaxPending,
		JetStream:                  true,
		JetStreamMaxMemory:         o.MemoryBytes,
		JetStreamMaxStore:          1, // bytes: no stream of ours is kept in files
		StoreDir:                   storeDir,
		DisableJetStreamBanner:     true,
	}
	if o.Listen == "" {
		return c, nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, err
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return nil, err
	}
	if number == 0 {
		number = server.RANDOM_PORT
	}
	c.Cluster = server.ClusterOpts{
		Name: o.Cluster, Host: host, Port: number, Advertise: o.Advertise,
		ConnectRetries: 10,
		PingInterval:   pingInterval, MaxPingsOut: pingsMissed, WriteDeadline: writeDeadline,
		Compression: server.CompressionOpts{Mode: server.CompressionOff},
		TLSConfig:   routeTLS(o.TLS), TLSTimeout: 5,
	}
	for _, peer := range o.Peers {
		c.Routes = append(c.Routes, &url.URL{Scheme: "nats-route", Host: peer})
	}
	return c, nil
}

// routeTLS is the TLS of a route, on which both sides show who they are.
func routeTLS(c *tls.Config) *tls.Config {
	if c == nil {
		return nil
	}
	c = c.Clone()
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}

// insiders lets in who comes through InProcessConn.
type insiders struct{}

func (insiders) Check(c server.ClientAuthentication) bool {
	a := c.RemoteAddress()
	return a != nil && a.Network() == "pipe"
}

// routeAddress is where routes are accepted, empty if nowhere.
func routeAddress(s *server.Server) string {
	a := s.ClusterAddr()
	if a == nil {
		return ""
	}
	return net.JoinHostPort(a.IP.String(), strconv.Itoa(a.Port))
}
