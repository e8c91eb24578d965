// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"bytes"
	"slices"
	"strings"

	"weir/internal/session"
	"weir/xmlscan"
)

// advertsMax is how many advertisements of one server are kept for a name. Real
// ones are one for each of its domains and kind.
const advertsMax = 32

// advertNamespaces are those of what a server tells a component once, when it
// connects: what it may do there. XEP-0356 and XEP-0355; the numbers are versions.
var advertNamespaces = []string{"urn:xmpp:privilege:1", "urn:xmpp:privilege:2", "urn:xmpp:delegation:1", "urn:xmpp:delegation:2"}

// advert is the last one of a kind from one domain of a server.
type advert struct {
	server *server
	from   string
	ns     string
	raw    []byte
}

// Take implements session.Owner: the answer to our question stays here, and so
// does an advertisement while there is nobody to read it.
func (l *link) Take(s *session.Session, st *xmlscan.Stanza) bool {
	if l.ping.id != "" && st.ID().Equal(l.ping.id) {
		return true
	}
	if string(st.Local()) != "message" || st.Type().Equal("error") || !slices.Contains(advertNamespaces, string(st.PayloadNS())) {
		return false
	}
	a := advert{l.srv, string(st.From().Append(nil)), string(st.PayloadNS()), bytes.Clone(st.Raw)}
	n := l.n
	n.mu.Lock()
	defer n.mu.Unlock()
	if !l.speaksFor(a.from) {
		return false // anybody may send a message
	}
	n.remember(a)
	return !n.present()
}

// speaksFor says whether a domain is the server's own: one that the configuration
// lists, or that the component's name lies under.
func (l *link) speaksFor(domain string) bool {
	return slices.Contains(l.srv.now().Domains, domain) || strings.HasSuffix(l.n.text, "."+domain)
}

// remember keeps an advertisement in place of the one before. The name is locked.
func (n *name) remember(a advert) {
	kept := 0
	for i := range n.adverts {
		if n.adverts[i].server != a.server {
			continue
		}
		if kept++; n.adverts[i].from == a.from && n.adverts[i].ns == a.ns {
			n.adverts[i] = a
			return
		}
	}
	if kept < advertsMax {
		n.adverts = append(n.adverts, a)
	}
}

// forgetAdverts is for a server that speaks to us anew: what it does not say again
// does not hold any more. The name is locked.
func (n *name) forgetAdverts(s *server) {
	n.adverts = slices.DeleteFunc(n.adverts, func(a advert) bool { return a.server == s })
}
