// SPDX-License-Identifier: Apache-2.0

// Package natskv is a registry.Store in a NATS JetStream key-value bucket, kept
// in memory: nothing of it need survive.
//
//	store.go   Store: the bucket, reading and writing
//	watch.go   the watch, and how it knows that the bucket is another one
//
// A Store is safe for concurrent use. With build tag nocluster it is left out,
// and NATS with it.
package natskv
