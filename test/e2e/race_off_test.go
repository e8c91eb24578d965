// SPDX-License-Identifier: Apache-2.0

//go:build !race

package e2e

// raceEnabled says that weir runs with the race detector too, which multiplies the memory it takes.
const raceEnabled = false
