// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"weir/internal/stream"
	"weir/internal/wire"
)

// isRefusal says whether a stream error means that the server does not want this
// link, so that trying again soon is of no use: somebody must change something.
// The others are those of a server that is leaving or not well.
func isRefusal(v stream.Verdict) bool {
	switch v.Condition {
	case wire.CondConflict, wire.CondHostUnknown, "host-gone", wire.CondNotAuthorized, wire.CondInvalidNamespace:
		return true
	}
	return false
}

// tellRefusal logs what a server has refused a link for, and what can be done.
func (l *link) tellRefusal(v stream.Verdict) {
	l.srv.m.Log.Error("upstream refuses a component; trying again now and then", "component", l.n.text,
		"upstream", l.srv.name, "condition", string(v.Condition), "remedy", remedy(l.srv.now().Kind, string(v.Condition)))
}

// remedy is what an operator can do about a refusal, for one kind of server or,
// for "auto", for those that say so.
func remedy(kind, condition string) string {
	byKind := remedies[condition]
	if byKind == nil {
		return "see the server's own log"
	}
	if text := byKind[kind]; text != "" {
		return text
	}
	return byKind["auto"]
}

var remedies = map[string]map[string]string{
	"host-unknown": {
		"auto":     `the server does not know this name as a component's. Prosody: add Component "NAME" with component_secret. ejabberd: list it under hosts of the ejabberd_service listener. Openfire: the name must lie under its domain`,
		"prosody":  `add a block Component "NAME" with component_secret = the upstream's secret, and reload`,
		"ejabberd": `list the name under hosts of the ejabberd_service listener, with password = the upstream's secret`,
		"openfire": `the name must lie under the server's own domain, and must not be blocked under External Components`,
	},
	"not-authorized": {
		"auto":       `the secret is not the server's. Prosody: component_secret of the Component block. ejabberd: password under hosts of the ejabberd_service listener; a name that is not listed there is refused in the same way`,
		"prosody":    `upstream.secret must be component_secret of the name's Component block`,
		"ejabberd":   `upstream.secret must be the password of the name under hosts of the ejabberd_service listener; a name that is not listed is refused in the same way`,
		"mongooseim": `upstream.secret must be the password of the [[listen.component]] block`,
		"openfire":   `upstream.secret must be the name's own secret under External Components, or the default one (xmpp.component.defaultSecret)`,
	},
	"conflict": {
		"auto":       `somebody has this name at the server already: another weir, the component itself on a direct connection, or a domain of the server's own. Prosody: component_conflict_resolve decides who wins. ejabberd: global_routes: false, so that a connection takes its own name only`,
		"prosody":    `another connection has the name; component_conflict_resolve of its Component block decides who wins`,
		"ejabberd":   `the name is a domain of the server's own, or another connection has it: set global_routes: false on the ejabberd_service listener, so that a connection takes its own name only`,
		"mongooseim": `another connection has the name; conflict_behaviour = "kick_old" lets the newer one win`,
		"openfire":   `another component has the name, or a service of the server's own`,
	},
}
