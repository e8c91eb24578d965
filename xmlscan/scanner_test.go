// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"strings"
	"testing"
	"unsafe"
)

const hdr = `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='chat.example'>`

func TestScannerIdleSize(t *testing.T) {
	if n := unsafe.Sizeof(Scanner{}); n > 128 {
		t.Errorf("an idle Scanner takes %d bytes", n)
	}
}

func TestScannerPlainStream(t *testing.T) {
	in := "\uFEFF<?xml version='1.0' encoding=\"UTF-8\"?>\n" + hdr + " \n" +
		"<message from='a@b/c' to=\"d\" type='chat' id='1' xml:lang='en'><body xmlns='x'>hi &amp; <![CDATA[<b>]]></body></message>" +
		"<iq/>" + "<presence  to = 'a&#58;b' >\n<c xmlns='caps'/></presence\n>" + "</stream:stream>  "
	p := perform(Config{}, []byte(in), whole)
	t.Log(p)
	if len(p) != 5 || !strings.HasPrefix(p[4], "StreamEnd") {
		t.Fatalf("%d events", len(p))
	}
	if q := perform(Config{}, []byte(in), single); q.String() != p.String() {
		t.Errorf("byte by byte:\n%s", q)
	}
}
