// SPDX-License-Identifier: Apache-2.0

package wire

import "crypto/rand"

// NewStreamID returns a new stream id: at least 128 random bits, written with
// the letters A to Z and digits only, so that it is the same bytes in XML, in
// a log and under a component's own idea of escaping.
func NewStreamID() string { return rand.Text() }
