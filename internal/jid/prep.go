// SPDX-License-Identifier: Apache-2.0

package jid

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// roundsMax is how often a mapping is repeated until nothing changes. RFC 8264
// §7 asks for this: the profiles are not idempotent for every string, and
// a string that does not settle in this many rounds is to be refused.
const roundsMax = 4

// settle appends the fixed point of step over b to dst.
func settle(dst, b []byte, step func(b []byte) ([]byte, error)) ([]byte, error) {
	last := bytes.Clone(b) // so that the caller's bytes may lie on its stack
	for range roundsMax {
		next, err := step(last)
		if err != nil {
			return nil, err
		}
		if len(next) > partBytesMax {
			return nil, ErrTooLong
		}
		if bytes.Equal(next, last) {
			return append(dst, next...), nil
		}
		last = next
	}
	return nil, ErrUnstable
}

// appendNode appends the normal form of a node: the UsernameCaseMapped
// profile of RFC 8265 without the characters of RFC 7622 §3.3.1.
func appendNode(dst, b []byte) ([]byte, error) {
	switch seen := seenIn(b); {
	case len(b) == 0 || seen&badNode != 0:
		return nil, ErrNode
	case len(b) > partBytesMax:
		return nil, ErrTooLong
	case seen&high == 0:
		return appendLower(dst, b), nil
	}
	return settle(dst, b, nodeRound)
}

func nodeRound(b []byte) ([]byte, error) {
	out, err := precisRound(precis.UsernameCaseMapped, b)
	// Width mapping turns a full-width @ into an @: judge the outcome too.
	if err != nil || len(out) == 0 || seenIn(out)&badNode != 0 {
		return nil, ErrNode
	}
	return out, nil
}

// appendResource appends the normal form of a resource: the OpaqueString
// profile of RFC 8265. Case stays, other blanks become the ASCII one.
func appendResource(dst, b []byte) ([]byte, error) {
	switch seen := seenIn(b); {
	case len(b) == 0 || seen&badResource != 0:
		return nil, ErrResource
	case len(b) > partBytesMax:
		return nil, ErrTooLong
	case seen&high == 0:
		return append(dst, b...), nil
	}
	return settle(dst, b, resourceRound)
}

func resourceRound(b []byte) ([]byte, error) {
	out, err := precisRound(precis.OpaqueString, b)
	if err != nil || len(out) == 0 {
		return nil, ErrResource
	}
	return out, nil
}

// precisRound works on a copy: precis may write into its source.
func precisRound(p *precis.Profile, b []byte) ([]byte, error) {
	if !utf8.Valid(b) {
		return nil, errNotUTF8 // precis would go on with a replacement character
	}
	return p.Append(nil, bytes.Clone(b))
}

func seenIn(b []byte) (seen class) {
	for _, c := range b {
		seen |= classes[c]
	}
	return seen
}
