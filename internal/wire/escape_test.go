// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/xml"
	"testing"
)

// A reader sees in an attribute what was put there, white space too.
func TestAppendValue(t *testing.T) {
	for _, v := range []string{"", "plain", "\t", "a\tb\nc\r\nd ", "<&>'\"\t", "\r"} {
		var e struct {
			A string `xml:"a,attr"`
		}
		doc := append(AppendValue([]byte("<e a='"), v), "'/>"...)
		if err := xml.Unmarshal(doc, &e); err != nil || e.A != v {
			t.Errorf("%q as %s reads %q, %v", v, doc, e.A, err)
		}
		for _, c := range doc {
			if c < ' ' {
				t.Errorf("%q as %q: a reader that normalises (XML 1.0 §3.3.3) takes white space for a blank", v, doc)
			}
		}
	}
}
