// SPDX-License-Identifier: Apache-2.0

package table

import "errors"

// ErrLeft says that names were to be added to an instance that is not, or no longer, in the table.
var ErrLeft = errors.New("table: the instance is not registered")

// ErrConflict is the refusal of a registration: Name is the first of the wanted names that cannot be had.
// The component is told the stream error `conflict` (RFC 6120 §4.9.3.3, XEP-0114 §3).
type ErrConflict struct {
	Name     string
	Reserved bool // held by this node's own services, not by another component
}

func (e ErrConflict) Error() string {
	if e.Reserved {
		return "table: " + e.Name + " is reserved"
	}
	return "table: " + e.Name + " is taken"
}
