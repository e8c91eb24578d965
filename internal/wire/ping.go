// SPDX-License-Identifier: Apache-2.0

package wire

// AppendPing appends the question for a sign of life, XEP-0199 §4.1. Addresses
// are in normal form.
func AppendPing(dst []byte, from, to, id string) []byte {
	dst = append(AppendEscaped(append(dst, "<iq type='get' from='"...), from), "' to='"...)
	dst = append(AppendEscaped(dst, to), "' id='"...)
	return append(AppendEscaped(dst, id), "'><ping xmlns='"+NSPing+"'/></iq>"...)
}
