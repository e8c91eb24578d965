// SPDX-License-Identifier: Apache-2.0

//go:build race

package xmlscan

// raceOn says that the race detector, and with it the check of unsafe pointers, makes all this many times slower.
const raceOn = true
