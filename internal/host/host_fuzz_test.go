// SPDX-License-Identifier: Apache-2.0

package host

import (
	"testing"

	"weir/internal/jid"
	"weir/xmlscan"
)

// FuzzAnswer: any valid stanza has an answer that is one element, or none.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		iq("get", fromBot, discoInfo), iq("get", fromUser, discoItems), iq("set", fromBot, "<x/>"),
		iq("get", fromBot, "<![CDATA[<]]><query node='x' xmlns='http://jabber.org/protocol/disco#info'/>"), `<message to="a'b"/>`,
	} {
		f.Add([]byte(s))
	}
	s := service(false)
	f.Fuzz(func(t *testing.T, b []byte) {
		scan := xmlscan.New(xmlscan.Config{})
		scan.Feed(append([]byte("<s xmlns='jabber:component:accept'>"), b...))
		if ev, err := scan.Next(); ev != xmlscan.Header || err != nil {
			return
		}
		if ev, err := scan.Next(); ev != xmlscan.StanzaEvent || err != nil {
			return
		}
		st := scan.Stanza()
		from, _ := jid.Parse(st.From().Append(nil))
		to, _ := jid.Parse(st.To().Append(nil))
		payloadAttr(st, "node")
		again := xmlscan.New(xmlscan.Config{})
		again.Feed(append([]byte("<s>"), s.Answer(nil, st, from, to)...))
		again.Next()
		typ := st.Type()
		ev, err := again.Next()
		if want := !typ.Equal("error") && !typ.Equal("result"); err != nil || (ev == xmlscan.StanzaEvent) != want {
			t.Fatalf("%s: %v %v", st.Raw, ev, err)
		}
		if ev, err = again.Next(); ev != xmlscan.NeedMore || err != nil {
			t.Fatalf("%s: then %v %v", st.Raw, ev, err)
		}
	})
}
