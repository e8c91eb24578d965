// SPDX-License-Identifier: Apache-2.0

// Package preface takes the PROXY header off the front of a connection: the line
// or block with which a load balancer tells whose connection it passes on
// (the PROXY protocol, versions 1 and 2, HAProxy Technologies, 2020).
//
//	header.go  Read: where a header ends, and the address it tells
//	stage.go   Stage: the connection's handler until the header has come
//
// Where the header ends is found here, because its bytes come as they like; what
// it says is read by github.com/pires/go-proxyproto.
//
// A Stage is owned by its connection's loop. Not here: who may send such a
// header (the listener's access lists), and what comes after it.
package preface
