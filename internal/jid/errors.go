// SPDX-License-Identifier: Apache-2.0

package jid

import "errors"

// What can be wrong with an address. The texts never contain the address.
var (
	ErrTooLong  = errors.New("address or part of it too long")
	ErrNode     = errors.New("invalid part before the @")
	ErrDomain   = errors.New("invalid domain")
	ErrResource = errors.New("invalid resource")
	ErrUnstable = errors.New("address has no normal form") // RFC 8264 §7

	errNotUTF8 = errors.New("not UTF-8")
)
