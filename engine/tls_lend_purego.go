// SPDX-License-Identifier: Apache-2.0

//go:build purego

package engine

// Without unsafe every connection keeps the memory that crypto/tls has once
// needed for it: see tls_lend.go.

const lending = false

func (t *layer) lend(*tlsScratch)     {}
func (t *layer) takeBack(*tlsScratch) {}
func (t *layer) negotiated()          {}
