// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"weir/internal/xmpptest"
)

const biboumiName = "irc.example"

// startBiboumi starts the IRC gateway as a component of the server at addr.
func startBiboumi(t *testing.T, addr string) *xmpptest.Program {
	t.Helper()
	path := xmpptest.NeedProgram(t, "biboumi", "Debian package biboumi")
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf("hostname=%s\npassword=%s\nxmpp_server_ip=%s\nport=%s\ndb_name=%s\nlog_level=0\n",
		biboumiName, secret, host, port, filepath.Join(dir, "biboumi.sqlite"))
	file := filepath.Join(dir, "biboumi.cfg")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return xmpptest.StartProgram(t, "biboumi", exec.Command(path, file))
}

// biboumiConnected waits until biboumi says itself that it is authenticated.
func biboumiConnected(program *xmpptest.Program) {
	program.ExpectText("Authenticated with the XMPP server")
}

// askBiboumi asks biboumi what it is.
func askBiboumi(t *testing.T, peer *xmpptest.Peer) {
	t.Helper()
	from := "u@" + peerName + "/r"
	peer.Send("<iq type='get' id='d1' from='" + from + "' to='" + biboumiName + "'><query xmlns='" + discoInfo + "'/></iq>")
	answer := peer.ReadStanza()
	expectStanza(t, answer, "iq", biboumiName, from, "result")
	if identity(answer) == "" {
		t.Fatalf("biboumi answered %s, want an identity", answer.Raw)
	}
}

// TestBiboumi: a real gateway reaches its connected state through weir, answers disco#info, takes a presence and sends messages,
// comes back by itself when weir restarts, and leaves with a clean end of stream.
func TestBiboumi(t *testing.T) {
	t.Parallel()
	w := xmpptest.StartWeir(t, fixed(t, listener))
	peer := dial(t, w, peerName)
	program := startBiboumi(t, w.Addr())
	biboumiConnected(program)
	askBiboumi(t, peer)
	joinUnreachableChannel(t, peer)

	w.Stop()
	w = xmpptest.StartWeir(t, w.Config())
	biboumiConnected(program)
	peer = dial(t, w, peerName)
	askBiboumi(t, peer)

	program.Terminate()
	peer.Send("<message from='u@" + peerName + "' to='" + biboumiName + "' id='gone'/>")
	peer.Expect(xmpptest.StanzaError("message", biboumiName, "u@"+peerName, "gone", "cancel", "remote-server-not-found"))
}

// TestBiboumiOnProsody shows that the expectations above are biboumi's ways and not weir's.
func TestBiboumiOnProsody(t *testing.T) {
	server := xmpptest.StartProsody(t, secret, biboumiName, peerName)
	peer := xmpptest.DialLoosely(t, server.Addr, peerName, secret)
	program := startBiboumi(t, server.Addr)
	biboumiConnected(program)
	askBiboumi(t, peer)
	joinUnreachableChannel(t, peer)
}

// joinUnreachableChannel joins a channel of an IRC server on this machine, where none listens: biboumi reports its tries on
// the usual ports in messages and then refuses the presence, to the bare address.
func joinUnreachableChannel(t *testing.T, peer *xmpptest.Peer) {
	t.Helper()
	channel, user := "#weir%127.0.0.1@"+biboumiName, "u@"+peerName
	peer.Send("<presence from='" + user + "/r' to='" + channel + "/nick'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
	for messages := 0; ; messages++ {
		s := peer.ReadStanza()
		if s.Name.Local == "message" {
			continue
		}
		expectStanza(t, s, "presence", channel+"/nick", user, "error")
		if messages == 0 {
			t.Fatal("biboumi sent no message before it refused the presence")
		}
		return
	}
}
