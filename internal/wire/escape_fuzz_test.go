// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// FuzzStanzaErrorQuoting: whatever text stands in an attribute, another
// parser reads the answer as one element with the same text in it.
func FuzzStanzaErrorQuoting(f *testing.F) {
	for _, s := range []string{"", "a@b/c", "'", `"`, "''\"\"'", "&amp;", "a'/><b x='", "é📱"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !validText(text) {
			t.Skip()
		}
		// As a peer would have written it: in double quotes, apostrophes bare.
		raw := strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(text)
		out := AppendStanzaError(nil, answer("iq", raw, raw, raw), BadRequest)
		var got struct {
			From string `xml:"from,attr"`
			To   string `xml:"to,attr"`
			ID   string `xml:"id,attr"`
			Type string `xml:"type,attr"`
		}
		d := xml.NewDecoder(strings.NewReader(string(out)))
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if got.From != text || got.To != text || got.ID != text || got.Type != "error" {
			t.Fatalf("%s is read as %+v", out, got)
		}
		if _, err := d.Token(); err != io.EOF {
			t.Fatalf("%s: more than one element", out)
		}
	})
}

func validText(s string) bool {
	return strings.ToValidUTF8(s, "") == s && !strings.ContainsFunc(s, func(r rune) bool {
		// The decoder folds line ends; the others are no XML characters.
		return r < 0x20 || r == 0xFFFE || r == 0xFFFF || r == 0xFFFD
	})
}
