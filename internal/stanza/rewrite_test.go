// SPDX-License-Identifier: Apache-2.0

package stanza

import (
	"testing"

	"weir/xmlscan"
)

// What must be rewritten means the same on a stream with a bare header, and says so: it
// need not be rewritten there. What need not is the same as it was.
func TestRewrite(t *testing.T) {
	for _, r := range []struct{ name, header, raw, want string }{
		{"as it is", "", "<iq to='b'><x xmlns='jabber:client'/></iq>", ""},
		{"language", " xml:lang='fr'", "<iq to='b'/>", "<iq xml:lang='fr' to='b'/>"},
		{"own language", " xml:lang='fr'", "<iq xml:lang=''/>", ""},
		{"prefix", " xmlns:p='urn:p' xmlns:q='urn:q'", "<iq><q:x/></iq>", "<iq xmlns:q='urn:q'><q:x/></iq>"},
		{"prefix declared anew", " xmlns:p='urn:p'", "<iq><p:x xmlns:p='urn:o'/></iq>", ""},
		{"namespace", "", "<iq to='b' xmlns='jabber:client'/>", "<iq to='b'/>"},
		{"our namespace", "", "<iq xmlns='jabber:component:accept'/>", ""},
		{"all of them", " xmlns:p='u' xml:lang='de'", "<iq xmlns='jabber:server' p:a=''/>", "<iq xml:lang='de' xmlns:p='u' p:a=''/>"},
	} {
		t.Run(r.name, func(t *testing.T) {
			st, in := scanned(t, r.header, r.raw)
			if MustRewrite(st, in) != (r.want != "") {
				t.Fatalf("must be rewritten: %v", r.want == "")
			}
			got := AppendRewritten([]byte("x"), st, in)[1:]
			if want := r.want; want != "" && string(got) != want || want == "" && string(got) != r.raw {
				t.Errorf("%s", got)
			}
			again, bare := scanned(t, "", string(got))
			if MustRewrite(again, bare) || string(again.PayloadNS()) != string(st.PayloadNS()) || lang(again, bare) != lang(st, in) {
				t.Errorf("%s means something else than %s", got, r.raw)
			}
		})
	}
}

func lang(st *xmlscan.Stanza, in *xmlscan.Scanner) string {
	if st.Lang().Present() {
		return string(st.Lang().Append(nil))
	}
	return string(in.HeaderLang().Append(nil))
}
