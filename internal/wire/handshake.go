// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
)

// HandshakeOK is the server's answer to the right proof, XEP-0114 §3.
const HandshakeOK = "<handshake/>"

// digestBytes is the length of a SHA-1 sum in hexadecimal.
const digestBytes = 2 * sha1.Size

// Proof is the content of a handshake: lower-case hexadecimal.
type Proof [digestBytes]byte

// Digest is the proof for a stream id and a password, XEP-0114 §3:
// the hexadecimal SHA-1 of the one followed by the other.
func Digest(id, password string) (p Proof) {
	sum := sha1.Sum([]byte(id + password))
	hex.Encode(p[:], sum[:])
	return p
}

// DigestEqual reports whether got is the proof want, in any letter case and
// with blanks around it. How long it takes depends on the length of got alone.
func DigestEqual(got []byte, want Proof) bool {
	got = bytes.Trim(got, " \t\r\n")
	var folded Proof
	copy(folded[:], got)
	for i, c := range folded {
		if 'A' <= c && c <= 'F' {
			folded[i] = c + ('a' - 'A')
		}
	}
	same := subtle.ConstantTimeCompare(folded[:], want[:])
	return same&subtle.ConstantTimeEq(int32(len(got)), digestBytes) == 1
}

// AppendHandshakeOK appends the server's answer to the right proof.
func AppendHandshakeOK(dst []byte) []byte { return append(dst, HandshakeOK...) }

// AppendHandshake appends the component's proof.
func AppendHandshake(dst []byte, p Proof) []byte {
	dst = append(dst, "<handshake>"...)
	return append(append(dst, p[:]...), "</handshake>"...)
}
