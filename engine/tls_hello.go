// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"encoding/binary"
	"errors"
)

// helloBytesMax bounds a ClientHello with its record headers. Real ones have
// 200 to 2,000 bytes.
const helloBytesMax = 16 << 10

const (
	recordHeaderBytes  = 5  // type, version, length (RFC 8446 §5.1)
	messageHeaderBytes = 4  // type, length (RFC 8446 §4)
	recordHandshake    = 22 // the type of a record
	versionMajor       = 3  // of every TLS
	messageClientHello = 1  // the type of a message
)

// Why bytes are not the beginning of a handshake.
var (
	errNotTLS    = errors.New("what came is not TLS")
	errHelloLong = errors.New("the ClientHello is too long")
)

// helloWhole says whether the records at the front of b hold a whole
// ClientHello. Only then is there anything to compute: who sends less costs no
// more than its bytes.
func helloWhole(b []byte) (bool, error) {
	var head [messageHeaderBytes]byte
	for got := 0; ; {
		if len(b) > 0 && b[0] != recordHandshake || len(b) > 1 && b[1] != versionMajor {
			return false, errNotTLS
		}
		if len(b) < recordHeaderBytes {
			return false, nil
		}
		n := int(binary.BigEndian.Uint16(b[3:]))
		if n == 0 || n > recordBytes {
			return false, errNotTLS
		}
		end := min(len(b), recordHeaderBytes+n)
		if got < len(head) {
			copy(head[got:], b[recordHeaderBytes:end])
		}
		if got += end - recordHeaderBytes; got > 0 && head[0] != messageClientHello {
			return false, errNotTLS
		}
		if got >= len(head) {
			size := len(head) + int(head[1])<<16 + int(binary.BigEndian.Uint16(head[2:]))
			if size > helloBytesMax {
				return false, errHelloLong
			}
			if got >= size {
				return true, nil
			}
		}
		if end == len(b) {
			return false, nil
		}
		b = b[end:]
	}
}
