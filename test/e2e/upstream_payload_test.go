// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// TestUpstreamPayloads: what services are made of goes through whole, both ways: a room, its occupants and its subject; a
// published item with namespaces, entities and letters of its own, and the event it causes.
func TestUpstreamPayloads(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, kind string) {
		server := front(t, kind, botName)
		w := xmpptest.StartWeir(t, listener+upstream("behind", server.Components, "*", ""))
		service := dial(t, w, botName)
		w.WaitLog("upstream link is up")
		alice := user(t, server, "alice")
		room := "room@" + botName

		alice.Do("raw", "<presence to='"+room+"/al'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>")
		service.ExpectMatch(`<presence [^>]*to=['"]` + room + `/al['"].*<x xmlns=['"]http://jabber.org/protocol/muc['"]><history maxstanzas=['"]0['"]/></x>.*</presence>`)
		service.Send("<presence from='" + room + "/al' to='" + aliceAddr + "'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/><status code='110'/></x></presence>" +
			"<message type='groupchat' from='" + room + "' to='" + aliceAddr + "'><body>b</body><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'>later</delay></message>")
		alice.Expect("presence", room+"/al")
		alice.Expect("payload", room+"/al", "{http://jabber.org/protocol/muc#user}x", "")
		alice.Expect("payload", room, "{urn:xmpp:delay}delay", "later")

		const entry = `<entry xmlns="http://www.w3.org/2005/Atom"><title>a &amp; b &lt;c&gt; ü &#x1F6B0;</title><g:x xmlns:g="urn:x-test:g" g:k="v"/></entry>`
		alice.Do("raw", "<iq type='set' id='pub-1' to='"+botName+"'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item id='i'>"+entry+"</item></publish></pubsub></iq>")
		published := service.ExpectMatch(`(?s)<iq [^>]*id=['"]pub-1['"].*</iq>`)[0]
		for _, want := range []string{"http://www.w3.org/2005/Atom", "a &amp; b &lt;c&gt; ü \U0001F6B0", "urn:x-test:g"} {
			if !strings.Contains(published, want) {
				t.Errorf("what was published came without %q: %s", want, published)
			}
		}
		service.Send("<iq type='result' id='pub-1' from='" + botName + "' to='" + aliceAddr + "'/>" +
			"<message from='" + botName + "' to='" + aliceAddr + "'><body>b</body><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='i'>" + entry + "</item></items></event></message>")
		alice.Expect("payload", botName, "{http://jabber.org/protocol/pubsub#event}event", "a & b <c> ü \U0001F6B0")
	})
}
