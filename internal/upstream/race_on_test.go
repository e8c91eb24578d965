// SPDX-License-Identifier: Apache-2.0

//go:build race

package upstream

// raceEnabled: the race detector has sync.Pool forget things, so allocations
// say nothing under it.
const raceEnabled = true
