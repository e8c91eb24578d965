// SPDX-License-Identifier: Apache-2.0

package traffic

import "testing"

func TestSameMeaning(t *testing.T) {
	const sent = "<message from='a' to='b' id='1'><body>x &amp; ü</body><y xmlns='u' k='v'/></message>"
	for _, c := range []struct {
		name, came string
		want       bool
	}{
		{"itself", sent, true},
		{"attributes in another order", "<message id='1' to='b' from='a'><body>x &amp; ü</body><y xmlns='u' k='v'/></message>", true},
		{"other quotes", `<message from="a" to="b" id="1"><body>x &amp; ü</body><y xmlns="u" k="v"/></message>`, true},
		{"language added", "<message from='a' to='b' id='1' xml:lang='en'><body>x &amp; ü</body><y xmlns='u' k='v'/></message>", true},
		{"namespace added", "<message xmlns='jabber:client' from='a' to='b' id='1'><body>x &amp; ü</body><y xmlns='u' k='v'/></message>", true},
		{"other escapes", "<message from='a' to='b' id='1'><body>x &#38; &#xfc;</body><y xmlns='u' k='v'></y></message>", true},
		{"CDATA", "<message from='a' to='b' id='1'><body><![CDATA[x & ]]>ü</body><y xmlns='u' k='v'/></message>", true},
		{"prefix", "<message from='a' to='b' id='1'><body>x &amp; ü</body><p:y xmlns:p='u' k='v'/></message>", true},

		{"children in another order", "<message from='a' to='b' id='1'><y xmlns='u' k='v'/><body>x &amp; ü</body></message>", true},

		{"attribute missing", "<message from='a' id='1'><body>x &amp; ü</body><y xmlns='u' k='v'/></message>", false},
		{"attribute added", "<message z='' from='a' to='b' id='1'><body>x &amp; ü</body><y xmlns='u' k='v'/></message>", false},
		{"attribute changed", "<message from='a' to='c' id='1'><body>x &amp; ü</body><y xmlns='u' k='v'/></message>", false},
		{"text changed", "<message from='a' to='b' id='1'><body>x &amp; u</body><y xmlns='u' k='v'/></message>", false},
		{"text escaped twice", "<message from='a' to='b' id='1'><body>x &amp;amp; ü</body><y xmlns='u' k='v'/></message>", false},
		{"child missing", "<message from='a' to='b' id='1'><body>x &amp; ü</body></message>", false},
		{"child in another namespace", "<message from='a' to='b' id='1'><body>x &amp; ü</body><y xmlns='w' k='v'/></message>", false},
		{"language of a child", "<message from='a' to='b' id='1'><body xml:lang='en'>x &amp; ü</body><y xmlns='u' k='v'/></message>", false},
		{"blanks added", "<message from='a' to='b' id='1'> <body>x &amp; ü</body><y xmlns='u' k='v'/></message>", false},
		{"another element", "<presence from='a' to='b' id='1'><body>x &amp; ü</body><y xmlns='u' k='v'/></presence>", false},
	} {
		a, err := parseElement([]byte(sent))
		if err != nil {
			t.Fatal(err)
		}
		b, err := parseElement([]byte(c.came))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := sameMeaning(a, b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Below the stanza's own children, order has a meaning.
func TestOrderOfGrandchildren(t *testing.T) {
	a, _ := parseElement([]byte("<iq><x xmlns='jabber:x:data'><a/><b/></x></iq>"))
	b, _ := parseElement([]byte("<iq><x xmlns='jabber:x:data'><b/><a/></x></iq>"))
	if sameMeaning(a, b) {
		t.Error("another order of grandchildren was taken for the same")
	}
}

func TestParseElementRefuses(t *testing.T) {
	for _, bad := range []string{"", "text", "<a/><b/>", "<a>", "<a></b>", "</s:stream>", "<a b='1' c></a>"} {
		if _, err := parseElement([]byte(bad)); err == nil {
			t.Errorf("%q was parsed", bad)
		}
	}
}
