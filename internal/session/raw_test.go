// SPDX-License-Identifier: Apache-2.0

package session

import "unsafe"

// uintptrOf is for a raw read that must not allocate; b outlives the call.
func uintptrOf(b []byte) uintptr { return uintptr(unsafe.Pointer(&b[0])) }
