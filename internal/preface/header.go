// SPDX-License-Identifier: Apache-2.0

package preface

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"

	"github.com/pires/go-proxyproto"
)

const (
	signature1 = "PROXY "
	signature2 = "\r\n\r\n\x00\r\nQUIT\n"

	line1Max = 107 // bytes of a version 1 line with its CRLF

	fixed2 = 16 // bytes of a version 2 header before its addresses

	// proxied2 is version 2 with command PROXY, unspec2 the family and transport
	// of a connection that the balancer has no address of.
	proxied2, unspec2 = 0x21, 0x00

	// block2Max bounds what follows them. Addresses take at most 216 bytes;
	// extensions that balancers send (authority, TLS details) a few hundred.
	block2Max = 4096
)

// Errors of Read. A connection that makes one is closed without a word: it is
// not a balancer, so nothing is known that it would understand.
var (
	ErrNone = errors.New("preface: no PROXY header")
	ErrLong = errors.New("preface: the PROXY header is too long")
)

// Read looks for a header at the front of b. n is its length in bytes, 0 while
// it is not complete; from is the client's address, zero if the header tells
// none (LOCAL, UNKNOWN, other families): then the socket's own address stands.
func Read(b []byte) (from netip.AddrPort, n int, err error) {
	switch {
	case begins(b, signature2):
		n, err = length2(b)
	case begins(b, signature1):
		n, err = length1(b)
	default:
		err = ErrNone
	}
	if err != nil || n == 0 {
		return netip.AddrPort{}, 0, err
	}
	if unspecified2(b[:n]) {
		return netip.AddrPort{}, n, nil
	}
	h, err := proxyproto.Read(bufio.NewReader(bytes.NewReader(b[:n])))
	if err != nil {
		return netip.AddrPort{}, 0, err
	}
	if src, _, ok := h.TCPAddrs(); ok && !h.Command.IsLocal() {
		a := src.AddrPort()
		from = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	return from, n, nil
}

// unspecified2 says whether a whole header is version 2's UNKNOWN: PROXY with
// the family UNSPEC. The protocol (section 2.2) leaves it to the receiver to
// take it with the socket's address or to refuse it; the library refuses it.
func unspecified2(b []byte) bool {
	return b[0] == signature2[0] && b[len(signature2)] == proxied2 && b[len(signature2)+1] == unspec2
}

// begins says whether b is the beginning of something that begins with sig.
func begins(b []byte, sig string) bool {
	n := min(len(b), len(sig))
	return string(b[:n]) == sig[:n]
}

func length1(b []byte) (int, error) {
	head := b[:min(len(b), line1Max)]
	if i := bytes.Index(head, []byte("\r\n")); i >= 0 {
		return i + 2, nil
	}
	if len(head) == line1Max {
		return 0, ErrLong
	}
	return 0, nil
}

func length2(b []byte) (int, error) {
	if len(b) < fixed2 {
		return 0, nil
	}
	block := int(binary.BigEndian.Uint16(b[fixed2-2:]))
	switch {
	case block > block2Max:
		return 0, ErrLong
	case len(b) < fixed2+block:
		return 0, nil
	}
	return fixed2 + block, nil
}
