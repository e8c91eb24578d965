// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"weir/internal/xmpptest"
)

// TestHiddenComponents: whom disco#items names, by the setting and by who asks. An address with a node is a user's.
func TestHiddenComponents(t *testing.T) {
	const shown, hidden, asker = "shown.example", "hidden.example", "asker.example"
	all := []string{shown, hidden, asker, "chat.example.com", "chat.example.org"}
	some := []string{shown, asker}
	for _, tt := range []struct {
		name, setting string
		user, server  []string // what each of them sees
	}{
		{"by default", "", all, all},
		{"users see hidden services", "users_can_see_hidden_services = true\n", all, all},
		{"users do not see hidden services", "users_can_see_hidden_services = false\n", some, all},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := xmpptest.StartWeir(t, "[modules.mod_disco]\n"+tt.setting+hosted+listener+"hidden_components = true\n"+listener+"hidden_components = false\n")
			p := dial(t, w, asker)
			xmpptest.Dial(t, w.AddrOf(2), shown, secret)
			secretly := xmpptest.Dial(t, w.AddrOf(1), hidden, secret)
			chat := xmpptest.Connect(t, w.AddrOf(1))
			chat.Open("chat", " is_subdomain='true'")
			chat.Login(secret)

			for _, host := range []string{"example.com", "example.org"} {
				expectItems(t, askItems(p, "user@"+asker+"/r", host), tt.user...)
				expectItems(t, askItems(p, "user@"+asker, host), tt.user...)
				expectItems(t, askItems(p, asker, host), tt.server...)
				expectItems(t, askItems(p, asker+"/r", host), tt.server...)
			}
			// Hidden is not closed: who knows the address reaches it, whoever he is.
			for _, from := range []string{asker, "user@" + asker + "/r"} {
				m := "<message from='" + from + "' to='" + hidden + "'/>"
				p.Send(m)
				secretly.Expect(m)
				m = "<message from='" + from + "' to='room@chat.example.org'/>"
				p.Send(m)
				chat.Expect(m)
			}
			secretly.End()
			chat.End()
			expectItems(t, askItems(p, asker, "example.com"), some...)
		})
	}
}
