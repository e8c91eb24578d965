// SPDX-License-Identifier: Apache-2.0

// Command demo shows weir at work: it starts bin/weir on a free port, lets
// bin/weirload send stanzas through it, and stops it. Everything it runs, it
// prints, so that a reader can do the same by hand.
//
//	go build -o bin/ ./cmd/... && go run ./bench/demo
//
// All of it is in main.go. It measures nothing itself.
package main
