// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

const (
	libraryName = "lib.example"
	peerName    = "peer.example"
	discoInfo   = "http://jabber.org/protocol/disco#info"
	// body has what each layer must carry: escapes, quotes, two and four byte characters, blanks at its ends.
	body = ` héllo <&> "it's" ]]> 😀 `
)

// escaped is body as XML text; parsers read both alike.
var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(body)

// TestLibraries takes each component library through a whole life: connect, each kind of stanza both ways, clean close,
// reconnect, and the server's own goodbye.
func TestLibraries(t *testing.T) {
	t.Parallel()
	for _, lib := range libraries {
		t.Run(lib.name, func(t *testing.T) {
			w := xmpptest.StartWeir(t, listener)
			peer := dial(t, w, peerName)
			program := lib.start(t, w.Addr(), libraryName)

			program.Do("connect")
			program.Expect("online")
			libraryToPeer(t, program, peer)
			peerToLibrary(t, program, peer, lib.name)

			program.Do("close")
			program.Expect("offline")
			peer.Send("<message to='lib.example' from='u@peer.example' id='gone'/>")
			peer.Expect(xmpptest.StanzaError("message", "lib.example", "u@peer.example", "gone", "cancel", "remote-server-not-found"))

			program.Do("connect")
			program.Expect("online")
			peerToLibrary(t, program, peer, lib.name)

			w.Stop()
			program.Expect("offline")
		})
	}
}

// TestLibrariesOnProsody runs the same life on Prosody: where it fails, the program under clients/ is at fault and not weir.
func TestLibrariesOnProsody(t *testing.T) {
	t.Parallel()
	for _, lib := range libraries {
		t.Run(lib.name, func(t *testing.T) {
			server := xmpptest.StartProsody(t, secret, libraryName, peerName)
			peer := xmpptest.DialLoosely(t, server.Addr, peerName, secret)
			program := lib.start(t, server.Addr, libraryName)

			program.Do("connect")
			program.Expect("online")
			libraryToPeer(t, program, peer)
			peerToLibrary(t, program, peer, lib.name)
			program.Do("close")
			program.Expect("offline")
			program.Do("connect")
			program.Expect("online")
			peerToLibrary(t, program, peer, lib.name)
		})
	}
}

// libraryToPeer lets the library send a message, a presence and an iq, and the peer answer the iq.
func libraryToPeer(t *testing.T, program *xmpptest.Program, peer *xmpptest.Peer) {
	t.Helper()
	bot := "bot@" + libraryName

	program.Do("message", "u@"+peerName, body)
	m := peer.ReadStanza()
	expectStanza(t, m, "message", bot, "u@"+peerName, "chat")
	if b := child(m, "body"); b == nil || b.Text != body {
		t.Fatalf("the peer received %s, want the body %q", m.Raw, body)
	}

	program.Do("presence", "u@"+peerName)
	expectStanza(t, peer.ReadStanza(), "presence", bot, "u@"+peerName, "")

	program.Do("iq", peerName, "ask:1")
	iq := peer.ReadStanza()
	expectStanza(t, iq, "iq", libraryName, peerName, "get")
	if iq.Child(discoInfo, "query") == nil {
		t.Fatalf("the peer received %s, want a disco#info request", iq.Raw)
	}
	peer.Send("<iq type='result' id='ask:1' from='" + peerName + "' to='" + libraryName + "'><query xmlns='" + discoInfo +
		"'><identity category='component' type='generic' name='scripted peer'/></query></iq>")
	program.Expect("result", peerName, "ask:1", "scripted peer")
}

// peerToLibrary is the other direction.
func peerToLibrary(t *testing.T, program *xmpptest.Program, peer *xmpptest.Peer, name string) {
	t.Helper()
	from := "u@" + peerName + "/r"

	peer.Send("<message to='bot@" + libraryName + "' from='" + from + "' type='chat'><body>" + escaped + "</body></message>")
	program.Expect("message", from, body)
	peer.Send("<presence to='bot@" + libraryName + "' from='" + from + "'/>")
	program.Expect("presence", from)

	peer.Send("<iq type='get' id='disco-1' to='" + libraryName + "' from='" + from + "'><query xmlns='" + discoInfo + "'/></iq>")
	answer := peer.ReadStanza()
	expectStanza(t, answer, "iq", libraryName, from, "result")
	if id := answer.Attribute("id"); id != "disco-1" {
		t.Fatalf("the answer has the id %q, want disco-1", id)
	}
	if got := identity(answer); got != name {
		t.Fatalf("the peer received %s, want an identity named %s", answer.Raw, name)
	}
}

// TestLibrariesWithEachOther connects all libraries at once: each sends each other one a message and asks it for its identity.
func TestLibrariesWithEachOther(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	programs := make([]*xmpptest.Program, len(libraries))
	for i, lib := range libraries {
		programs[i] = lib.start(t, w.Addr(), lib.name+".example")
		programs[i].Do("connect")
		programs[i].Expect("online")
	}
	for i, from := range libraries {
		for j, to := range libraries {
			if i == j {
				continue
			}
			programs[i].Do("message", "bot@"+to.name+".example", body)
			programs[j].Expect("message", "bot@"+from.name+".example", body)
			id := from.name + "-" + to.name
			programs[i].Do("iq", to.name+".example", id)
			programs[i].Expect("result", to.name+".example", id, to.name)
		}
	}
}

// TestSlixmppKeepalive: the library's keepalive is a ping to its own name without a from. weir answers bad-request, as
// MongooseIM does, and the library counts that as a sign of life: it neither reports a lost ping nor reconnects.
func TestSlixmppKeepalive(t *testing.T) {
	t.Parallel()
	w := xmpptest.StartWeir(t, listener)
	program := libraries[0].start(t, w.Addr(), libraryName)
	program.Do("connect")
	program.Expect("online")
	program.Do("keepalive")
	for range 3 {
		program.Expect("alive")
	}
	if out := program.Output(); strings.Contains(out, "dead") || strings.Contains(out, "offline") {
		t.Fatalf("the library took weir for dead:\n%s", out)
	}
}

// TestXMPPJSComesBack: @xmpp/component reconnects by itself a second after weir's goodbye, to the weir that then is there.
func TestXMPPJSComesBack(t *testing.T) {
	w := xmpptest.StartWeir(t, fixed(t, listener))
	program := libraries[1].start(t, w.Addr(), libraryName)
	program.Do("connect")
	program.Expect("online")
	w.Stop()
	program.Expect("offline")
	w = xmpptest.StartWeir(t, w.Config())
	program.Expect("online")
	peerToLibrary(t, program, dial(t, w, peerName), "xmppjs")
}
