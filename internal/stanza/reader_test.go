// SPDX-License-Identifier: Apache-2.0

package stanza

import (
	"strings"
	"testing"

	"weir/xmlscan"
)

func newReader() *Reader {
	r := new(Reader)
	r.Init()
	return r
}

// Whatever came before, a stanza is read as if it came first.
func TestReaderStartsAnew(t *testing.T) {
	r := newReader()
	const good = "<message to='b.example'><x xmlns='urn:x'/></message>"
	for _, before := range []string{
		good, "", "<", "text", "</stream:stream>", "<message>", "<message/><message", "<message/></stream:stream>", "\x00",
		strings.Repeat("<a>", 5000), "<stream:error/>",
	} {
		r.Read([]byte(before), func(*xmlscan.Stanza) {})
		func() {
			defer func() { _ = recover() }()
			r.Read([]byte(good), func(*xmlscan.Stanza) { panic("in the middle") })
		}()
		read := ""
		if ok := r.Read([]byte(good), func(st *xmlscan.Stanza) { read = string(st.Raw) + string(st.PayloadNS()) }); !ok || read != good+"urn:x" {
			t.Errorf("after %.30q: %v, %q", before, ok, read)
		}
	}
}

// A stanza was let in under limits of which the Reader knows nothing.
func TestReaderHasNoLimits(t *testing.T) {
	const deep = 1000
	raw := "<message" + strings.Repeat(" ", 1<<20) + ">" + strings.Repeat("<a>", deep) + strings.Repeat("</a>", deep) + "</message>"
	n := 0
	if !newReader().Read([]byte(raw), func(st *xmlscan.Stanza) { n = len(st.Raw) }) || n != len(raw) {
		t.Errorf("%d bytes of %d are read", n, len(raw))
	}
}
