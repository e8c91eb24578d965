// SPDX-License-Identifier: Apache-2.0

package traffic

import "testing"

func TestSplitElement(t *testing.T) {
	for _, c := range []struct {
		name, first, rest string
	}{
		{"empty element", "<a/>", "<b/>"},
		{"nested", "<a><b><a/></b></a>", "<c>"},
		{"end of stream", "</stream:stream>", ""},
		{"> in a value", "<a b='>' c=\"'/>\"><d e='</a>'/></a>", " "},
		{"CDATA", "<a><![CDATA[</a>]]></a>", "x"},
		{"comment", "<a><!-- </a> ' --></a>", "x"},
		{"blanks before", " \n\t<a>x</a>", "<a>"},
	} {
		text := c.first + c.rest
		for n := range len(text) {
			_, end, err := SplitElement([]byte(text[:n]))
			if err != nil || (end != 0 && n < len(c.first)) {
				t.Errorf("%s: %q: %d %v", c.name, text[:n], end, err)
			}
		}
		if _, end, err := SplitElement([]byte(text)); err != nil || end != len(c.first) {
			t.Errorf("%s: %d %v, want %d", c.name, end, err, len(c.first))
		}
	}
}

func TestSplitHeader(t *testing.T) {
	for _, c := range []struct{ name, text, id string }{
		{"prosody", "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='x-1' from='a.b' xmlns='jabber:component:accept'>", "x-1"},
		{"double quotes, line feeds", "<?xml version=\"1.0\"?>\n<stream:stream\nid=\"77\" from='a'\n>", "77"},
		{"no declaration", "<stream:stream from='a' id=''>", ""},
		{"id in another attribute", "<stream:stream from=' id=' id='y'>", "y"},
	} {
		for n := range len(c.text) {
			if used, _, err := SplitHeader([]byte(c.text[:n])); used != 0 || err != nil {
				t.Errorf("%s: %q: %d %v", c.name, c.text[:n], used, err)
			}
		}
		used, id, err := SplitHeader([]byte(c.text + "<handshake/>"))
		if used != len(c.text) || id != c.id || err != nil {
			t.Errorf("%s: %d %q %v", c.name, used, id, err)
		}
	}
	if _, _, err := SplitHeader([]byte("HTTP/1.1 400 Bad Request")); err == nil {
		t.Error("an HTTP answer was taken for a header")
	}
}
