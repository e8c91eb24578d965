// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// fromRows are addresses that a component may or may not say it is, by what it is: the component c.example with check_from, the
// same without, and the component chat with is_subdomain below example.com and example.org.
var fromRows = []struct {
	from                        string // as it stands in the attribute
	named, unchecked, subdomain bool
}{
	{"c.example", true, true, false},
	{"bot@c.example", true, true, false},
	{"bot@c.example/any/thing@all", true, true, false},
	{"BOT@C.Example/R", true, true, false},
	{"&#99;.example", true, true, false},
	{"c&#x2E;example", true, true, false},
	{"bot&#64;c.example", true, true, false},
	{"bot@c.&#101;xample/&amp;", true, true, false},
	{"bot@&#67;.EXAMPLE", true, true, false},
	{"sub.c.example", false, true, false},
	{"bot@sub.c.example", false, true, false},
	{"example", false, true, false},
	{"evilc.example", false, true, false},
	{"c.example.net", false, true, false},
	{"c-example", false, true, false},
	{"c.example@other.example", false, true, false},
	{"other.example/c.example", false, true, false},
	{"other.example/@c.example", false, true, false},
	{"bot@other.example", false, true, false},
	{"&#111;ther.example", false, true, false},
	{"example.com", false, true, false},
	{"chat", false, true, false},
	{"bot@chat", false, true, false},
	{"chat.example.com", false, true, true},
	{"room@chat.example.org/nick", false, true, true},
	{"Room@CHAT.Example.COM", false, true, true},
	{"chat&#46;example.com", false, true, true},
	{"chat.example.net", false, true, false},
	{"sub.chat.example.com", false, true, false},
	{"evilchat.example.com", false, true, false},
	{"chat.example.com.example.net", false, true, false},
	{"chatexample.com", false, true, false},
	{"", false, false, false},
	{"@c.example", false, false, false},
	{"bot@", false, false, false},
	{"c.example/", false, false, false},
	{"@@@", false, false, false},
	{"c..example", false, false, false},
	{"a b.example", false, false, false},
}

// TestCheckFrom: each address as each kind of component. What passes comes byte for byte, what does not is answered and nothing
// of it is forwarded; an address that is none never passes.
func TestCheckFrom(t *testing.T) {
	w := xmpptest.StartWeir(t, hosted+listener+"check_from = false\n")
	witness := dial(t, w, "w.example")
	named := dial(t, w, "c.example")
	unchecked := xmpptest.Dial(t, w.AddrOf(1), "free.example", secret)
	chat := xmpptest.Connect(t, w.Addr())
	chat.Open("chat", " is_subdomain='true'")
	chat.Login(secret)
	for i, tt := range fromRows {
		t.Run(tt.from, func(t *testing.T) {
			witness := witness.In(t)
			for _, c := range []struct {
				as     string
				p      *xmpptest.Peer
				passes bool
			}{{"with check_from", named, tt.named}, {"without", unchecked, tt.unchecked}, {"with is_subdomain", chat, tt.subdomain}} {
				p := c.p.In(t)
				m := fmt.Sprintf("<message from='%s' to='w.example' id='%d'><body>%s</body></message>", tt.from, i, c.as)
				p.Send(m)
				if c.passes {
					witness.Expect(m)
					continue
				}
				if s := p.ReadStanza(); s.Attribute("id") != fmt.Sprint(i) {
					t.Errorf("%s: received %s, want an answer to the message", c.as, s.Raw)
				} else {
					expectBadRequest(t, s)
				}
			}
			witness.Sync()
		})
	}
}

// TestCheckFromFollowsAReload: what a listener asks for each stanza changes at once, for those too who are there.
func TestCheckFromFollowsAReload(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"check_from = false\n")
	p := dial(t, w, "c.example")
	m := "<message from='any.example' to='c.example' id='1'/>"
	p.Send(m)
	p.Expect(m)
	w.WriteConfig(listener)
	reload(t, w)
	p.Send(m)
	p.Expect(badRequest("message", "c.example", "any.example", "1"))
	w.WriteConfig(listener + "check_from = false\n")
	reload(t, w)
	p.Send(m)
	p.Expect(m)
}

// TestCheckFromOfAnInternationalName: the same name in its two forms is the same.
func TestCheckFromOfAnInternationalName(t *testing.T) {
	const name, ascii = "mühle.example", "xn--mhle-0ra.example"
	w := xmpptest.StartWeir(t, listener)
	witness := dial(t, w, "w.example")
	p := xmpptest.Connect(t, w.Addr())
	p.Send(xmpptest.Header(name))
	p.ID = p.ExpectMatch(`<\?xml version='1.0'\?><stream:stream [^>]* id='([^']+)'>`)[1]
	p.Login(secret)
	for _, from := range []string{name, strings.ToUpper(name), "bot@" + ascii, "m&#xFC;hle.example"} {
		m := "<message from='" + from + "' to='w.example'/>"
		p.Send(m)
		witness.Expect(m)
	}
	p.Send("<message from='mhle.example' to='w.example' id='1'/>")
	p.Expect(badRequest("message", "w.example", "mhle.example", "1"))
}
