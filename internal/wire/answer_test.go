// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"testing"

	"weir/xmlscan"
)

// What is read off a stanza: the values as they came, and the difference
// between an empty one and none.
func TestAnswerTo(t *testing.T) {
	rows := []struct{ stanza, want string }{
		{`<iq from="a'b" to='c' id='&quot;'/>`, `<iq from='c' to='a&apos;b' id='&quot;' type='result'`},
		{`<iq id=''/>`, `<iq id='' type='result'`},
		{`<iq from='' to=''/>`, `<iq from='' to='' type='result'`},
		{`<x:foo xmlns:x='y' x:from='no' from='a'/>`, `<foo to='a' type='result'`},
		{`<message xmlns='jabber:client'/>`, `<message type='result'`},
	}
	for _, row := range rows {
		scan := xmlscan.New(xmlscan.Config{})
		scan.Feed([]byte("<s>" + row.stanza))
		for range 2 {
			if _, err := scan.Next(); err != nil {
				t.Fatal(row.stanza, err)
			}
		}
		golden(t, AnswerTo(scan.Stanza()).AppendOpen([]byte("+"), "result"), row.want)
	}
}
