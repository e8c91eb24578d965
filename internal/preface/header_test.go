// SPDX-License-Identifier: Apache-2.0

package preface

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// block2 is a version 2 header.
func block2(verCmd, famProto byte, block string) string {
	return signature2 + string([]byte{verCmd, famProto, byte(len(block) >> 8), byte(len(block))}) + block
}

const (
	addrs4 = "\xc0\x00\x02\x01\xc6\x33\x64\x02\x30\x39\x22\xb8"
	addrs6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x30\x39\x22\xb8"
)

// Each header is read whole, and asked for more at every byte before its end.
func TestRead(t *testing.T) {
	rows := []struct{ name, in, from string }{
		{"v1 IPv4", "PROXY TCP4 192.0.2.1 198.51.100.2 12345 8888\r\n", "192.0.2.1:12345"},
		{"v1 IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 12345 8888\r\n", "[2001:db8::1]:12345"},
		{"v1 unknown", "PROXY UNKNOWN\r\n", ""},
		{"v1 unknown with addresses", "PROXY UNKNOWN ffff:f:f 1 2 3\r\n", ""},
		{"v2 IPv4", block2(0x21, 0x11, addrs4), "192.0.2.1:12345"},
		{"v2 IPv6", block2(0x21, 0x21, addrs6), "[2001:db8::1]:12345"},
		{"v2 with an extension", block2(0x21, 0x11, addrs4+"\x02\x00\x03abc"), "192.0.2.1:12345"},
		{"v2 unspecified", block2(0x21, 0x00, ""), ""},
		{"v2 unspecified with an extension", block2(0x21, 0x00, "\x04\x00\x01\x00"), ""},
		{"v2 local", block2(0x20, 0x00, ""), ""},
		{"v2 local with addresses", block2(0x20, 0x11, addrs4), ""},
	}
	const rest = "<stream:stream"
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var want netip.AddrPort
			if r.from != "" {
				want = netip.MustParseAddrPort(r.from)
			}
			from, n, err := Read([]byte(r.in + rest))
			if from != want || n != len(r.in) || err != nil {
				t.Errorf("%v, %d bytes, %v, want %v, %d bytes", from, n, err, want, len(r.in))
			}
			for i := range r.in {
				if _, n, err := Read([]byte(r.in[:i])); n != 0 || err != nil {
					t.Errorf("at byte %d: %d bytes, %v", i, n, err)
				}
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	rows := []struct {
		name, in string
		want     error // nil: any
	}{
		{"a stream header", "<?xml version='1.0'?>", ErrNone},
		{"almost", "PROXX", ErrNone},
		{"almost v2", "\r\n\r\n\x00\r\nQUIT\r", ErrNone},
		{"v1 without an end", "PROXY TCP4 " + strings.Repeat("1", line1Max), ErrLong},
		{"v2 too long", signature2 + "\x21\x11\xff\xff", ErrLong},
		{"v1 no address", "PROXY TCP4 a b 1 2\r\n", nil},
		{"v1 port out of range", "PROXY TCP4 192.0.2.1 198.51.100.2 65536 1\r\n", nil},
		{"v1 another protocol", "PROXY UDP4 192.0.2.1 198.51.100.2 1 1\r\n", nil},
		{"v1 a missing port", "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n", nil},
		{"v2 another version", block2(0x31, 0x11, addrs4), nil},
		{"v2 unspecified, another version", block2(0x31, 0x00, ""), nil},
		{"v2 unspecified, another command", block2(0x22, 0x00, ""), nil},
		{"v2 unspecified, a transport", block2(0x21, 0x01, ""), nil},
		{"v2 another command", block2(0x22, 0x11, addrs4), nil},
		{"v2 addresses too short", block2(0x21, 0x11, addrs4[:8]), nil},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			from, n, err := Read([]byte(r.in))
			if err == nil || n != 0 || r.want != nil && !errors.Is(err, r.want) {
				t.Errorf("%v, %d bytes, %v, want %v", from, n, err, r.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.1 198.51.100.2 12345 8888\r\n"))
	f.Add([]byte(block2(0x21, 0x21, addrs6)))
	f.Fuzz(func(t *testing.T, b []byte) {
		from, n, err := Read(b)
		if n > len(b) || n < 0 || err != nil && (n != 0 || from.IsValid()) {
			t.Errorf("%v, %d of %d bytes, %v", from, n, len(b), err)
		}
	})
}
