// SPDX-License-Identifier: Apache-2.0

// Package natsdtest starts embedded NATS servers for tests, on loopback.
//
//	cluster.go  One, Cluster, Ports
//
// It is for the goroutine of the test.
package natsdtest
