// SPDX-License-Identifier: Apache-2.0

//go:build race

package xmpptest

// raceEnabled says whether this test binary has the race detector; the weir it starts gets it too.
const raceEnabled = true
