// SPDX-License-Identifier: Apache-2.0

// Package faultproxy stands between two ends of TCP connections and misbehaves when told to: it cuts, goes silent in
// one direction or both, delays and slows down. For tests, where a machine has no other way to break a network.
//
//	proxy.go  Proxy: where it listens, where to, its faults
//	pump.go   one direction of one connection
//
// A Proxy is safe for concurrent use. It knows nothing of what goes through it.
package faultproxy
