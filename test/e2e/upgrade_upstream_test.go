// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// TestUpgradeKeepsLinks: servers do not notice an upgrade either: the links to them go on in the middle of what they carry. And
// a weir that is itself the server behind may be upgraded, too.
func TestUpgradeKeepsLinks(t *testing.T) {
	t.Parallel()
	for _, tlsLinks := range []bool{false, true} {
		t.Run(fmt.Sprintf("TLS=%v", tlsLinks), func(t *testing.T) {
			site, server, plain := newTLSSite(t), (*xmpptest.Weir)(nil), 0
			link := ""
			if tlsLinks {
				server, plain = site.behind(verifyNone), 1
				link = upstreamTLS("behind", server.Addr(), site.trusted(), toLocalhost)
			} else {
				server = behind(t)
				link = upstream("behind", server.Addr(), "*", "")
			}
			w := xmpptest.StartWeir(t, "[engine]\ndrain_window = \"90s\"\n"+listener+link)
			dial := func(name string) net.Conn {
				if name[0] == 'a' {
					conn := dialPlain(t, w.Addr())(name)
					w.WaitLog(`"upstream link is up","component":"` + name)
					return conn
				}
				conn, err := net.Dial("tcp", server.AddrOf(plain))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { conn.Close() })
				if err := logInWith(conn, name, upstreamPass); err != nil {
					t.Fatal(err)
				}
				return conn
			}
			l := startTalk(t, w.Addr(), 4, dial)
			for range 2 {
				l.goesOn()
				w.Upgrade()
			}
			l.goesOn()
			if !tlsLinks { // which would be told to come again
				server.Upgrade()
				l.goesOn()
			}
			l.end()
			if log := server.Log(); strings.Contains(log, `"component left","component":"a`) {
				t.Error("the server has noticed")
			}
			leaveAtOnce(t, w)
		})
	}
}
