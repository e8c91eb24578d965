// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"fmt"
	"strings"
	"testing"
)

// The headers and handshakes of the libraries in use. Some were recorded
// on the wire, the others are made after the library's source.
var clients = []struct{ name, header, handshake string }{
	{"slixmpp, recorded", `<stream:stream xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams" to="chat">`,
		"<handshake>PROOF</handshake>"},
	{"@xmpp/component, recorded", `<?xml version='1.0'?><stream:stream version="1.0" xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams" to="chat">`,
		"<handshake>PROOF</handshake>"},
	{"biboumi, recorded", "<stream:stream to='chat' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept'>",
		"<handshake xmlns='jabber:component:accept'>PROOF</handshake>"},
	{"SleekXMPP", `<stream:stream xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams" to="chat">`,
		`<handshake xmlns="jabber:component:accept">PROOF</handshake>`},
	{"@xmpp/component, attributes in another order", `<?xml version='1.0'?><stream:stream version="1.0" xmlns="jabber:component:accept" to="chat" xmlns:stream="http://etherx.jabber.org/streams">`,
		"<handshake>PROOF</handshake>"},
	{"strophe.js", "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='chat'>",
		"<handshake>PROOF</handshake>"},
	{"libstrophe", `<?xml version="1.0"?><stream:stream to="chat" xml:lang="en" version="1.0" xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams">`,
		`<handshake xmlns="jabber:component:accept">PROOF</handshake>`},
	{"mellium", "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='chat'>",
		"<handshake>PROOF</handshake>"},
	{"gosrc.io/xmpp", "<?xml version='1.0'?><stream:stream to='chat' xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>",
		"<handshake>PROOF</handshake>"},
	{"Whack", `<stream:stream xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams" to="chat">`,
		"<handshake>PROOF</handshake>"},
	{"Whack, several connections", `<stream:stream xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams" allowMultiple="true" to="chat">`,
		"<handshake>PROOF</handshake>"},
	{"Swiften", `<?xml version="1.0"?><stream:stream xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams" to="chat" version="1.0">`,
		"<handshake>PROOF</handshake>"},
	{"Blather", "<stream:stream to='chat' xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' >",
		"<handshake>PROOF</handshake>"},
	{"xmpp4r", "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' to='chat' version='1.0'>",
		"<handshake>PROOF</handshake>"},
	{"tokio-xmpp", `<?xml version='1.0'?><stream:stream xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams" to="chat">`,
		`<handshake xmlns="jabber:component:accept">PROOF</handshake>`},
	{"jmc", "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' to='chat' from='localhost'>\n",
		"<handshake>PROOF</handshake>\n"},
	{"Tigase", "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='chat'>",
		"<handshake>PROOF</handshake>"},
	{"Prosody", "<?xml version='1.0'?><stream:stream to='chat' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept'>",
		"<handshake>PROOF</handshake>"},
}

func TestClientsAreAccepted(t *testing.T) {
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			version := ""
			if strings.Contains(strings.SplitAfter(c.header, "<stream:stream")[1], "version=") {
				version = " version='1.0'"
			}
			handshake := strings.Replace(c.handshake, "PROOF", "{proof secret}", 1)
			talk(t, fmt.Sprintf("peer> %s\nevent> Opened chat\nus> <?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='chat' id='ID'%s>\n"+
				"peer> %s\nevent> Authenticated\ndo> establish\nus> <handshake/>\n", escape(c.header), version, escape(handshake)))
		})
	}
}

// node-xmpp sent a header without a default namespace; it must be told so.
func TestClientWithoutDefaultNamespace(t *testing.T) {
	talk(t, "peer> <stream:stream xmlns:stream='http://etherx.jabber.org/streams' to='chat' version='1.0'>\n"+
		failed(nameless, "invalid-namespace", "the default namespace is not jabber:component:accept"))
}
