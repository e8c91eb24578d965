// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"testing"

	"weir/xmlscan/internal/corpus"
)

// ask uses a stanza as its consumer does.
func ask(s *Scanner) int {
	st := s.Stanza()
	return len(st.Raw) + len(st.From().Raw()) + len(st.To().Raw()) + len(st.Type().Raw()) + len(st.ID().Raw())
}

// pump feeds data in pieces and asks every stanza; it returns how many there were.
func pump(s *Scanner, data []byte, piece int) (stanzas, asked int, err error) {
	for len(data) > 0 {
		n := min(piece, len(data))
		s.Feed(data[:n])
		data = data[n:]
		for {
			ev, err := s.Next()
			if err != nil {
				return stanzas, asked, err
			}
			if ev == NeedMore {
				break
			}
			if ev == StanzaEvent {
				stanzas++
				asked += ask(s)
			}
		}
	}
	return stanzas, asked, nil
}

func TestScannerAllocatesNothingPerStanza(t *testing.T) {
	for _, set := range corpus.Sets {
		data := corpus.Make(set, 200<<10)
		for _, piece := range []int{7, 64, 180, 1460, 16 << 10, 1 << 20} {
			s := New(Config{})
			s.Feed([]byte(hdr))
			drain(s, nil, []byte(hdr))
			run := func() {
				if _, _, err := pump(s, data, piece); err != nil {
					t.Fatal(err)
				}
			}
			run()
			if allocs := testing.AllocsPerRun(2, run); allocs != 0 {
				t.Errorf("%s in feeds of %d: %v allocations", set, piece, allocs)
			}
		}
	}
}
