// SPDX-License-Identifier: Apache-2.0

// Command weir is an edge proxy for XMPP components (XEP-0114): it ends their
// streams, checks every byte and routes every stanza by its domain.
//
//	main.go      the commands, and what the manual page says of the program
//	serve.go     weir serve: from the configuration to the last goodbye
//	signals.go   what the signals do while it serves
//	check.go     weir check: what a configuration means, or what is wrong with it
//	version.go   weir version
//	upgrade.go   a new weir takes the place of this one
//	administer.go  who may ask the server, and what it does when asked
//	remote.go    the commands that ask a running weir, over its socket
//	tap.go       weir tap: a trace as it comes
//	remote_upgrade.go  weir upgrade
//	show.go      their answers as tables
//	log.go       how and where it logs
//
// A server's fields belong to the goroutine that serves until the proxy runs,
// then to the one that obeys signals; the service manager is safe for
// concurrent use.
//
// Here is no decision about configurations (internal/config) or connections
// (internal/proxy): only flags, signals, exit codes and words for the operator.
//
// Exit codes: 0 good, 1 the configuration or the run failed, 2 usage.
package main
