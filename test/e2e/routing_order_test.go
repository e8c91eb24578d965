// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// order is a general section with one host and these routing modules.
func order(modules ...string) string {
	return "[general]\nhosts = [\"example.com\"]\nrouting_modules = [\"" + strings.Join(modules, `", "`) + "\"]\n" + listener
}

const (
	routerGlobal   = "mongoose_router_global"
	routerLocal    = "mongoose_router_localdomain"
	routerHere     = "mongoose_router_external_localnode"
	routerExternal = "mongoose_router_external"
	routerDynamic  = "mongoose_router_dynamic_domains"
	routerS2S      = "ejabberd_s2s"
)

// TestRoutingOrder: whether a component may take a hosted domain, and who answers for that domain and for a component, by the
// order of the modules. "host" is weir's own service, "component" the component; else it is the condition of the error.
func TestRoutingOrder(t *testing.T) {
	const taken = "conflict"
	for _, tt := range []struct {
		name    string
		modules []string
		// to the hosted domain while a component asks for its name ("conflict": it is refused it) and when that one has left;
		// to another component
		supplant, after, other string
	}{
		{"MongooseIM's default", []string{routerGlobal, routerLocal, routerHere, routerExternal, routerDynamic, routerS2S}, taken, "host", "component"},
		{"the external routers first", []string{routerGlobal, routerHere, routerExternal, routerLocal, routerDynamic, routerS2S}, "component", "host", "component"},
		{"those first, the other way round", []string{routerExternal, routerHere, routerLocal}, "component", "host", "component"},
		{"one of them behind", []string{routerHere, routerLocal, routerExternal}, taken, "host", "component"},
		{"only components", []string{routerHere}, "component", "service-unavailable", "component"},
		{"only hosts", []string{routerLocal}, taken, "host", "remote-server-not-found"},
		{"only the cluster's components", []string{routerGlobal, routerExternal, routerLocal}, taken, "host", "remote-server-not-found"},
		{"nobody", []string{routerGlobal}, taken, "service-unavailable", "remote-server-not-found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := xmpptest.StartWeir(t, order(tt.modules...))
			asker, other := dial(t, w, "asker.example"), dial(t, w, "other.example")
			expectAnswerer(t, asker, other, tt.other)
			if tt.supplant == taken {
				refuseConflict(t, w.Addr(), "example.com")
			} else {
				supplanter := dial(t, w, "example.com")
				expectAnswerer(t, asker, supplanter, tt.supplant)
				supplanter.End()
			}
			expectAnswerer(t, asker, &xmpptest.Peer{Name: "example.com"}, tt.after)
		})
	}
}

// expectAnswerer has a component ping a name, and checks who takes it.
func expectAnswerer(t *testing.T, asker, p *xmpptest.Peer, who string) {
	t.Helper()
	ask := "<iq type='get' id='1' from='" + asker.Name + "' to='" + p.Name + "'><ping xmlns='urn:xmpp:ping'/></iq>"
	asker.Send(ask)
	switch who {
	case "component":
		p.Expect(ask)
	case "host":
		expectStanza(t, asker.ReadStanza(), "iq", p.Name, asker.Name, "result")
	default:
		asker.Expect(xmpptest.StanzaError("iq", p.Name, asker.Name, "1", "cancel", who))
	}
}

// TestHostAddedAtRunTime: a domain that a reload adds is mongoose_router_dynamic_domains' affair. The component that has the name
// keeps it, because components are asked before; when it has left, the domain is the host's.
func TestHostAddedAtRunTime(t *testing.T) {
	added := func(config string) string {
		return strings.Replace(config, `["example.com"`, `["example.com", "new.example"`, 1)
	}
	for _, tt := range []struct {
		name    string
		modules []string
		after   string // who answers for it in the end
		free    bool   // a component may still have the name
	}{
		{"MongooseIM's default", []string{routerGlobal, routerLocal, routerHere, routerExternal, routerDynamic, routerS2S}, "host", false},
		{"components before both", []string{routerHere, routerExternal, routerLocal, routerDynamic}, "host", true},
		{"without the module", []string{routerLocal, routerHere, routerExternal}, "service-unavailable", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := order(tt.modules...)
			w := xmpptest.StartWeir(t, config)
			asker, holder := dial(t, w, "asker.example"), dial(t, w, "new.example")
			expectAnswerer(t, asker, holder, "component")
			w.WriteConfig(added(config))
			reload(t, w)
			expectAnswerer(t, asker, holder, "component")
			holder.End()
			expectAnswerer(t, asker, &xmpptest.Peer{Name: "new.example"}, tt.after)
			if tt.free {
				expectAnswerer(t, asker, dial(t, w, "new.example"), "component")
			} else {
				refuseConflict(t, w.Addr(), "new.example")
			}
			// Below it, what is unknown is unknown to a hosted domain.
			asker.Send("<message from='asker.example' to='x.new.example' id='2'/>")
			asker.Expect(unavailable("message", "x.new.example", "asker.example", "2"))
		})
	}
}
