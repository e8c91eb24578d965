// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"weir/internal/config"
	"weir/internal/upstream"
	"weir/internal/wire"
	"weir/xmlscan"
)

// servers are what the configuration says of the servers behind us.
func servers(c *config.Config) []upstream.Settings {
	var all []upstream.Settings
	for i := range c.Upstreams {
		u := &c.Upstreams[i]
		all = append(all, upstream.Settings{
			Name:             u.Name,
			Address:          u.Address,
			Secret:           string(u.Secret),
			Domains:          u.Domains,
			Components:       u.Components,
			Privileged:       u.Privileged,
			Kind:             u.Kind,
			Spread:           u.Spread,
			Linger:           u.Linger,
			ParkTime:         u.ParkTime,
			ParkBytes:        u.ParkBytes,
			ConnectTimeout:   u.ConnectTimeout,
			HandshakeTimeout: u.HandshakeTimeout,
			PingInterval:     u.PingInterval,
			PingTimeout:      u.PingTimeout,
			RetryMax:         u.RetryMax,
			ReturnAfter:      u.ReturnAfter,
			MaxStanza:        u.MaxStanzaSize,
			Limits:           limits(c, u.MaxStanzaSize),
			TLS:              secured(u.TLS),
		})
	}
	return all
}

// secured is how connections to a server are encrypted; nil for plain ones.
func secured(t *config.UpstreamTLS) *upstream.TLS {
	if t == nil {
		return nil
	}
	return &upstream.TLS{Config: t.Client, Digest: t.Digest()}
}

// limits are those of [engine], with a stanza's size.
func limits(c *config.Config, stanza int) xmlscan.Limits {
	return xmlscan.Limits{
		StanzaBytes:    stanza,
		HeaderBytes:    c.Engine.MaxHeaderBytes,
		Depth:          c.Engine.MaxDepth,
		Attributes:     c.Engine.MaxAttributes,
		Elements:       c.Engine.MaxElements,
		NameBytes:      c.Engine.MaxNameBytes,
		NamespaceDecls: c.Engine.MaxNamespaces,
		NamespaceBytes: c.Engine.MaxNamespaceBytes,
	}
}

// absence is the answer in the place of a component of the listener that is away.
func absence(l *config.Listener) wire.StanzaError {
	if l.WhileAway == config.AwayTimeout {
		return wire.RemoteServerTimeout
	}
	return wire.ServiceUnavailable
}
