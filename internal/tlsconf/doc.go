// SPDX-License-Identifier: Apache-2.0

// Package tlsconf turns the TLS options of a configuration into values of
// crypto/tls, or says what is wrong with them. The options are those of
// MongooseIM's just_tls; what Go's TLS has no counterpart for is refused with
// the reason, never ignored.
//
//	options.go   Options, Fault; Load for a server, LoadClient for a client
//	pair.go      certificates and their keys, encrypted or not
//	ciphers.go   OpenSSL's names for ciphers
//	verify.go    which client certificates are good
//	crl.go       certificate revocation lists
//	identity.go  the names that a certificate proves
//	keylog.go    the secrets of connections, for those who debug them
//
// Everything it returns is immutable and safe for concurrent use. Files are read
// by Load and not watched: a changed one is noticed by the next Load.
//
// Not here: sockets, handshakes (package engine), and how options are written
// (package config).
package tlsconf
