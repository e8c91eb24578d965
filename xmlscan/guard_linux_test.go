// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// guarded returns n bytes that end (or begin) at a page that may not be touched: a load beyond them ends the test.
func guarded(t *testing.T, n int, atEnd bool) []byte {
	t.Helper()
	page := os.Getpagesize()
	size := (n + page - 1) / page * page
	m, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(m); err != nil {
			t.Error(err)
		}
	})
	for _, b := range [][]byte{m[:page], m[page+size:]} {
		if err := unix.Mprotect(b, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	in := m[page : page+size]
	if atEnd {
		return in[size-n:]
	}
	return in[:n]
}

// No load reaches over either end of what was fed, wherever it ends.
func TestScannerStaysInsideTheInput(t *testing.T) {
	inputs := append([]string{hdr + "<a></a>", hdr + "<a/>", hdr + "<a b='c'/>"}, dialogues...)
	for _, st := range seedStanzas {
		inputs = append(inputs, hdr+st)
	}
	last, first := guarded(t, 4096, true), guarded(t, 4096, false)
	for _, in := range inputs {
		for cut := range len(in) + 1 {
			for _, at := range []int{0, len(hdr)} { // the first feed ends here, the second one at cut
				if cut < at {
					continue
				}
				s := New(Config{})
				s.Feed([]byte(in[:at]))
				drain(s, nil, []byte(in[:at]))
				b := last[len(last)-(cut-at):]
				copy(b, in[at:cut])
				s.Feed(b)
				drain(s, nil, b)
				rest := first[:len(in)-cut]
				copy(rest, in[cut:])
				s.Feed(rest)
				drain(s, nil, rest)
				s.Close()
			}
		}
	}
}
