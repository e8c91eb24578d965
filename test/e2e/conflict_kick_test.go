// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

const replacedText = "Replaced by new connection"

// subdomain connects a component that asks for its name below every host.
func subdomain(t *testing.T, w *xmpptest.Weir, i int, name string) *xmpptest.Peer {
	t.Helper()
	p := xmpptest.Connect(t, w.AddrOf(i))
	p.Open(name, " is_subdomain='true'")
	p.Login(secret)
	return p
}

// TestConflictIsTheNewcomersAffair: what happens is what the newcomer's listener says, whatever the holder's does.
func TestConflictIsTheNewcomersAffair(t *testing.T) {
	const disconnect, kick, share = 0, 1, 2
	w := xmpptest.StartWeir(t, listener+kickOld+balance)
	for i, tt := range []struct {
		name             string
		holder, newcomer int
		kicks            bool
	}{
		{"disconnect after disconnect", disconnect, disconnect, false},
		{"disconnect after kick_old", kick, disconnect, false},
		{"disconnect after balance", share, disconnect, false},
		{"kick_old after disconnect", disconnect, kick, true},
		{"kick_old after kick_old", kick, kick, true},
		{"kick_old after balance", share, kick, true},
		{"balance after disconnect", disconnect, share, false},
		{"balance after kick_old", kick, share, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := fmt.Sprintf("c%d.example", i)
			old := xmpptest.Dial(t, w.AddrOf(tt.holder), name, secret)
			if !tt.kicks {
				refuseConflict(t, w.AddrOf(tt.newcomer), name)
				old.Sync()
				return
			}
			newcomer := xmpptest.Dial(t, w.AddrOf(tt.newcomer), name, secret)
			old.ExpectStreamErrorText("conflict", replacedText)
			newcomer.Sync()
		})
	}
}

// TestKickOldOfAll: kick_old replaces every connection that shares a name.
func TestKickOldOfAll(t *testing.T) {
	w := xmpptest.StartWeir(t, balance+kickOld)
	one, two := dial(t, w, "c.example"), dial(t, w, "c.example")
	newcomer := xmpptest.Dial(t, w.AddrOf(1), "c.example", secret)
	one.ExpectStreamErrorText("conflict", replacedText)
	two.ExpectStreamErrorText("conflict", replacedText)
	newcomer.Sync()
}

// TestKickOldWithSubdomains: a name below a host is a name like any other.
func TestKickOldWithSubdomains(t *testing.T) {
	config := strings.Replace(hosted, listener, kickOld, 1)
	sender := func(t *testing.T, w *xmpptest.Weir) (reaches func(p *xmpptest.Peer, name string)) {
		from := dial(t, w, "sender.example")
		return func(p *xmpptest.Peer, name string) {
			t.Helper()
			m := "<message from='sender.example' to='" + name + "'/>"
			from.Send(m)
			if p == nil {
				from.Expect(unavailable("message", name, "sender.example", ""))
				return
			}
			p.Expect(m)
		}
	}
	t.Run("by another with subdomains", func(t *testing.T) {
		w := xmpptest.StartWeir(t, config)
		reaches := sender(t, w)
		old := subdomain(t, w, 0, "chat")
		newcomer := subdomain(t, w, 0, "chat")
		old.ExpectStreamErrorText("conflict", replacedText)
		reaches(newcomer, "chat.example.com")
		reaches(newcomer, "chat.example.org")
	})
	t.Run("two with one name each by one with both", func(t *testing.T) {
		w := xmpptest.StartWeir(t, config)
		reaches := sender(t, w)
		com, org := dial(t, w, "chat.example.com"), dial(t, w, "chat.example.org")
		newcomer := subdomain(t, w, 0, "chat")
		com.ExpectStreamErrorText("conflict", replacedText)
		org.ExpectStreamErrorText("conflict", replacedText)
		reaches(newcomer, "chat.example.com")
		reaches(newcomer, "chat.example.org")
	})
	t.Run("one with both names by one with one", func(t *testing.T) {
		w := xmpptest.StartWeir(t, config)
		reaches := sender(t, w)
		old := subdomain(t, w, 0, "chat")
		newcomer := dial(t, w, "chat.example.com")
		old.ExpectStreamErrorText("conflict", replacedText)
		reaches(newcomer, "chat.example.com")
		reaches(nil, "chat.example.org")
	})
}

// TestKickOldOfWhoDoesNotRead: what waits for a component that is stuck goes to the one that replaces it: each stanza to exactly
// one of them, whole, in order, behind its <handshake/>; the sender sees no error.
func TestKickOldOfWhoDoesNotRead(t *testing.T) {
	const stanzas = 40
	w := xmpptest.StartWeir(t, "[engine]\nqueue_hard_bytes = 67_108_864\nqueue_high_bytes = 33_554_432\n"+kickOld)
	stuck := xmpptest.Connect(t, w.Addr())
	stuck.ReadSlowly()
	stuck.Open("c.example")
	stuck.Login(secret)
	sender := dial(t, w, "sender.example")
	var sent strings.Builder
	for i := range stanzas {
		m := fmt.Sprintf("<message from='sender.example' to='c.example' id='%d'><body>%s</body></message>", i, strings.Repeat("z", 100_000))
		sent.WriteString(m)
		sender.Send(m)
	}
	sender.Sync()
	newcomer := xmpptest.Connect(t, w.Addr())
	newcomer.Open("c.example")
	newcomer.Login(secret)
	moved := newcomer.Collect()
	later := "<message from='sender.example' to='c.example' id='later'/>"
	sender.Send(later)
	sender.End() // it has received nothing but its own

	received, _ := stuck.ReadAll()
	kept, _, told := strings.Cut(received, "<stream:error><conflict ")
	whole := strings.LastIndex(kept, "</message>") + len("</message>")
	if rest := kept[max(0, whole):]; told && rest != "" {
		t.Errorf("the replaced one was told so in the middle of a stanza: %q", tail(rest))
	}
	newcomer.HalfClose()
	rest, _ := moved()
	got := kept[:max(0, whole)] + strings.TrimSuffix(rest, xmpptest.Trailer)
	if whole < len("</message>") {
		got = rest
	}
	if want := sent.String() + later; got != want {
		t.Errorf("together they received %d bytes, %d were sent; they differ from byte %d on", len(got), len(want), commonPrefix(got, want))
	}
	if !strings.Contains(rest, "id='39'") {
		t.Error("nothing was left for the newcomer: the test has not met what it is about")
	}
}
