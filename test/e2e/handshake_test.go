// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// TestHandshakeAccepted: the forms that libraries send the proof in. PROOF stands for the digest.
func TestHandshakeAccepted(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	for i, tt := range []struct {
		name, handshake string
		capitals        bool
	}{
		{name: "plain", handshake: "<handshake>PROOF</handshake>"},
		{name: "with its namespace, as biboumi and libstrophe", handshake: "<handshake xmlns='jabber:component:accept'>PROOF</handshake>"},
		{name: "with an empty namespace", handshake: "<handshake xmlns=''>PROOF</handshake>"},
		{name: "in capitals", handshake: "<handshake>PROOF</handshake>", capitals: true},
		{name: "with blanks around it", handshake: "<handshake>\r\n\t PROOF \n</handshake>"},
		{name: "with blanks around the element", handshake: "\n <handshake>PROOF</handshake>\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := xmpptest.Connect(t, w.Addr())
			p.Open(fmt.Sprintf("c%d.example", i))
			proof := xmpptest.Digest(p.ID, secret)
			if tt.capitals {
				proof = strings.ToUpper(proof)
			}
			p.Dribble(strings.Replace(tt.handshake, "PROOF", proof, 1))
			p.Expect("<handshake/>")
			p.Sync()
		})
	}
}

// TestHandshakeUTF8: a password is hashed as UTF-8.
func TestHandshakeUTF8(t *testing.T) {
	const password = "mühl-wehr-😀"
	w := xmpptest.StartWeir(t, strings.Replace(listener, secret, password, 1))
	xmpptest.Dial(t, w.Addr(), "c.example", password).Sync()
}

// TestHandshakeRefused: a wrong proof of any length is told so; the name is not taken and can be had at once.
func TestHandshakeRefused(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	for _, tt := range []struct {
		name  string
		proof func(right string) string
	}{
		{"of another secret", func(string) string { return xmpptest.Digest("x", "y") }},
		{"empty", func(string) string { return "" }},
		{"blank", func(string) string { return "   " }},
		{"cut off", func(right string) string { return right[:39] }},
		{"with something behind", func(right string) string { return right + "0" }},
		{"with a blank inside", func(right string) string { return right[:20] + " " + right[20:] }},
		{"in an element", func(right string) string { return "<a>" + right + "</a>" }},
		{"of another stream", func(string) string { return xmpptest.Digest("", secret) }},
		{"the secret itself", func(string) string { return secret }},
		{"long", func(string) string { return strings.Repeat("0123456789", 400) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := xmpptest.Connect(t, w.Addr())
			p.Open("c.example")
			p.Send("<handshake>" + tt.proof(xmpptest.Digest(p.ID, secret)) + "</handshake>")
			p.ExpectStreamErrorWithText("not-authorized")
			dial(t, w, "c.example").End()
		})
	}
}

// TestHandshakeTakesNothingAlong: stanzas before the handshake are dropped and not routed, and the handshake still counts.
func TestHandshakeTakesNothingAlong(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness := dial(t, w, "witness.example")
	p := xmpptest.Connect(t, w.Addr())
	p.Open("c.example")
	early := "<message from='c.example' to='witness.example'/><iq type='get' id='1' from='c.example' to='witness.example'/><presence/>"
	p.Send(early)
	p.Send(early + "<handshake>" + xmpptest.Digest(p.ID, secret) + "</handshake>")
	p.Expect("<handshake/>")
	p.Sync()
	witness.Sync()
}

// TestHandshakeThenStanzas: stanzas in the same segment behind the handshake count already.
func TestHandshakeThenStanzas(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness := dial(t, w, "witness.example")
	p := xmpptest.Connect(t, w.Addr())
	p.Open("c.example")
	m := "<message from='c.example' to='witness.example' id='1'/>"
	p.Send("<handshake>" + xmpptest.Digest(p.ID, secret) + "</handshake>" + m)
	p.Expect("<handshake/>")
	witness.Expect(m)
}

// TestHandshakeBeforeConflict: who does not know the secret learns nothing about a name and kicks nobody.
func TestHandshakeBeforeConflict(t *testing.T) {
	for _, policy := range []string{"disconnect", "kick_old"} {
		t.Run(policy, func(t *testing.T) {
			w := xmpptest.StartWeir(t, listener+"conflict_behaviour = \""+policy+"\"\n")
			old := dial(t, w, "c.example")
			p := xmpptest.Connect(t, w.Addr())
			p.Open("c.example")
			p.SendHandshake("wrong")
			p.ExpectStreamError("not-authorized")
			old.Sync()
		})
	}
}
