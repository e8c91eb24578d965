// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"

	"weir/engine"
	"weir/internal/stream"
)

// securing is the handler of a link's connection while TLS is negotiated: when
// that fails there is no session yet that would tell the link.
type securing struct {
	engine.Handler // the engine's
	l              *link
	err            error
}

// secure has a connection be encrypted, if that is how the server is dealt with;
// next makes the handler that follows.
func (l *link) secure(c *engine.Conn, next func() engine.Handler) engine.Handler {
	t := l.terms.TLS
	if t == nil {
		return next()
	}
	h := &securing{l: l}
	h.Handler = c.Secure(&engine.Security{
		Config:     t.Config,
		Client:     true,
		Timeout:    l.terms.HandshakeTimeout,
		Handshakes: l.srv.m.Handshakes,
		Refused:    func(_ *engine.Conn, err error) { h.err = err },
	}, next)
	return h
}

// Closed implements engine.Handler.
func (h *securing) Closed(u *engine.Unsent, cause engine.Cause) {
	h.Handler.Closed(u, cause)
	switch {
	case h.l.givenUp():
		h.l.srv.unneeded()
	case h.err != nil:
		h.l.unreached(h.err.Error(), tlsRemedy(h.err))
	default:
		h.l.unreached("the server has ended the connection in the TLS handshake", "")
	}
}

// tlsRemedy is what an operator can do about a connection that could not be
// secured; empty if we do not know.
func tlsRemedy(err error) string {
	if _, is := errors.AsType[x509.HostnameError](err); is {
		return "the server's certificate is for another name: connect by one that it is for, or say which in upstream.tls.server_name"
	}
	if _, is := errors.AsType[x509.UnknownAuthorityError](err); is {
		return "put the certificate of the authority that signed the server's, or that one itself, into the file of upstream.tls.cacertfile"
	}
	if invalid, is := errors.AsType[x509.CertificateInvalidError](err); is && invalid.Reason == x509.Expired {
		return "the server's certificate must be renewed, or the clock of this machine is wrong"
	}
	if _, is := errors.AsType[tls.RecordHeaderError](err); is {
		return "the server does not speak TLS there: connect to a port where it does, or leave [upstream.tls] out"
	}
	if op, is := errors.AsType[*net.OpError](err); is && op.Op == "remote error" {
		return "the server has refused our side of TLS: if it asks for a certificate, name ours in upstream.tls.certfile"
	}
	return ""
}

// mayWantCertificate is for a server that hangs up just behind the handshake: with
// TLS 1.3 that is how one refuses who shows no certificate.
func (l *link) mayWantCertificate(v stream.Verdict) string {
	if t := l.terms.TLS; t == nil || v.Condition != "" || len(t.Config.Certificates) > 0 {
		return ""
	}
	return "the server may ask for a certificate: name ours in upstream.tls.certfile"
}
