// SPDX-License-Identifier: Apache-2.0

// Package natsdtest starts embedded NATS servers for tests, on loopback.
//
//	cluster.go   One, Start, Cluster, Ports: as a node has them
//	external.go  External: as somebody else runs one
//	authority.go Authority: one that lets in only who has credentials
//
// It is for the goroutine of the test.
package natsdtest
