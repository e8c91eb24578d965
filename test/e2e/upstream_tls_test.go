// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"weir/internal/tlsconf/tlstest"
	"weir/internal/xmpptest"
)

// upstreamTLS is the table of a server behind weir with TLS; keys are those of its TLS.
func upstreamTLS(name, address string, keys ...string) string {
	return upstream(name, address, "*", "retry_max = \"500ms\"\n[upstream.tls]\n"+strings.Join(keys, "\n"))
}

func (s *tlsSite) trusted() string { return fmt.Sprintf("cacertfile = %q", s.File) }

const toLocalhost = `server_name = "localhost"` // the certificate's name; the address is a number

// behindTLS is a weir that plays a server with TLS for another one.
func (s *tlsSite) behind(tlsKeys ...string) *xmpptest.Weir {
	s.t.Helper()
	return xmpptest.StartWeir(s.t, s.config(`password = "`+upstreamPass+`"`, tlsKeys...)+strings.Replace(listener, secret, upstreamPass, 1))
}

// TestUpstreamTLS: a server with TLS, in both versions; large stanzas, and the end of the stream.
func TestUpstreamTLS(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"tlsv1.2", "tlsv1.3"} {
		t.Run(version, func(t *testing.T) {
			s := newTLSSite(t)
			back := s.behind(verifyNone)
			w := xmpptest.StartWeir(t, listener+upstreamTLS("back", back.Addr(), s.trusted(), toLocalhost, "versions = [\""+version+"\"]"))
			far := xmpptest.Dial(t, back.AddrOf(1), "far.example", upstreamPass)
			near := dial(t, w, "near.example")
			w.WaitLog("upstream link is up")
			for _, size := range []int{180, 20_000, 300_000} {
				chat(near, far, strings.Repeat("x", size))
				chat(far, near, strings.Repeat("y", size))
			}
			w.Signal(syscall.SIGTERM)
			near.ExpectStreamErrorWithText("system-shutdown")
			if status := w.Wait(); status != 0 {
				t.Errorf("weir ended with %d", status)
			}
			back.WaitLog(`component left.*"reason":"peer-closed"`)
		})
	}
}

// TestUpstreamTLSIdentity: the server lets a component in by its certificate, and asks for one.
func TestUpstreamTLSIdentity(t *testing.T) {
	s := newTLSSite(t)
	back := s.behind(byIdentity)
	own := s.Issue("near", tlstest.Want{DNS: []string{"near.example"}})
	bare := listener + upstreamTLS("back", back.Addr(), s.trusted(), toLocalhost)
	w := xmpptest.StartWeir(t, bare)
	near := dial(t, w, "near.example")
	w.WaitLog(`cannot be reached.*"remedy":"[^"]*upstream.tls.certfile`)
	w.WriteConfig(bare + fmt.Sprintf("certfile = %q\nkeyfile = %q\n", own.CertFile, own.KeyFile))
	w.Signal(syscall.SIGHUP)
	w.WaitLog("upstream link is up")
	chat(near, xmpptest.Dial(t, back.AddrOf(1), "far.example", upstreamPass), "as myself")
}

// TestUpstreamTLSRefusals: a server that cannot prove itself is not spoken to. The log says what to do, and once that is done
// a reload connects; the component's stream never notices.
func TestUpstreamTLSRefusals(t *testing.T) {
	s := newTLSSite(t)
	back := s.behind(verifyNone)
	over := newTLSSite(t)
	over.server = over.Issue("over", tlstest.Want{DNS: []string{"localhost"}, Over: true})
	right := listener + upstreamTLS("back", back.Addr(), s.trusted(), toLocalhost)
	for _, row := range []struct{ name, config, log string }{
		{"another name", listener + upstreamTLS("back", back.Addr(), s.trusted(), `server_name = "other.example"`), `not other.example.*"remedy":"[^"]*server_name`},
		{"a number", listener + upstreamTLS("back", back.Addr(), s.trusted()), `127.0.0.1.*"remedy":"[^"]*server_name`},
		{"another authority", listener + upstreamTLS("back", back.Addr(), toLocalhost), `unknown authority.*"remedy":"[^"]*cacertfile`},
		{"expired", listener + upstreamTLS("back", over.behind(verifyNone).Addr(), over.trusted(), toLocalhost), `expired.*"remedy":"[^"]*renewed`},
		{"plain", listener + upstreamTLS("back", behind(t).Addr(), s.trusted(), toLocalhost), `does not look like a TLS handshake.*"remedy":"[^"]*does not speak TLS`},
		{"TLS where we speak plain", listener + upstream("back", back.Addr(), "*", ""), `cannot be reached`},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := xmpptest.StartWeir(t, row.config)
			near := dial(t, w, "near.example")
			w.WaitLog(row.log)
			if strings.Contains(w.Log(), "upstream link is up") {
				t.Fatal("weir has spoken to it")
			}
			w.WriteConfig(right)
			w.Signal(syscall.SIGHUP)
			w.WaitLog("upstream link is up")
			near.Sync()
		})
	}
}

// TestUpstreamTLSEjabberd: a real server with TLS on its component port.
func TestUpstreamTLSEjabberd(t *testing.T) {
	t.Parallel()
	s := newTLSSite(t)
	server := xmpptest.StartServer(t, "ejabberd", xmpptest.ServerConfig{
		Domain: frontDomain, Users: []string{"alice"}, Secret: upstreamPass, Names: []string{botName},
		CertFile: s.server.CertFile, KeyFile: s.server.KeyFile,
	})
	w := xmpptest.StartWeir(t, listener+upstreamTLS("behind", server.Components, s.trusted(), toLocalhost))
	bot := dial(t, w, botName)
	w.WaitLog("upstream link is up")
	alice := user(t, server, "alice")
	alice.Do("message", botAddr, "hello")
	bot.ExpectMatch("<message [^>]*><body>hello</body></message>")
	bot.Send("<message from='" + botAddr + "' to='" + aliceAddr + "' type='chat'><body>back</body></message>")
	alice.Expect("message", botAddr, "back")
	server.Kill()
	server.Start()
	w.WaitLog("(?s)upstream is back.*upstream link is up")
	bot.Send("<iq type='get' id='1' from='" + botName + "' to='" + frontDomain + "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
	bot.ExpectMatch("<iq [^>]*id='1'.*</iq>")
}
