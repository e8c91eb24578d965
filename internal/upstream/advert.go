// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"bytes"

	"weir/internal/session"
	"weir/xmlscan"
)

// Namespaces of what a server tells a component once, when it connects: what it
// may do there. XEP-0356 and XEP-0355; the numbers are versions.
var adverts = []string{"urn:xmpp:privilege:1", "urn:xmpp:privilege:2", "urn:xmpp:delegation:1", "urn:xmpp:delegation:2"}

// advert is the last one of a kind from a server.
type advert struct {
	server *server
	ns     string
	raw    []byte
}

// Take implements session.Owner: the answer to our question stays here, and so
// does an advertisement while there is nobody to read it.
func (l *link) Take(s *session.Session, st *xmlscan.Stanza) bool {
	if l.ping.id != "" && st.ID().Equal(l.ping.id) {
		return true
	}
	if string(st.Local()) != "message" || st.Type().Equal("error") || !isAdvert(st) {
		return false
	}
	n := l.n
	n.mu.Lock()
	defer n.mu.Unlock()
	n.remember(advert{l.srv, string(st.PayloadNS()), bytes.Clone(st.Raw)})
	return !n.present()
}

func isAdvert(st *xmlscan.Stanza) bool {
	for _, ns := range adverts {
		if string(st.PayloadNS()) == ns {
			return true
		}
	}
	return false
}

// remember keeps an advertisement in place of the one before. The name is locked.
func (n *name) remember(a advert) {
	for i := range n.adverts {
		if n.adverts[i].server == a.server && n.adverts[i].ns == a.ns {
			n.adverts[i] = a
			return
		}
	}
	n.adverts = append(n.adverts, a)
}
