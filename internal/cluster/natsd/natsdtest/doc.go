// SPDX-License-Identifier: Apache-2.0

// Package natsdtest starts embedded NATS servers for tests, on loopback.
//
//	cluster.go   One, Start, Cluster, Ports: as a node has them
//	external.go  External, ExternalFor: as somebody else runs one
//
// It is for the goroutine of the test.
package natsdtest
