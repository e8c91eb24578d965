// SPDX-License-Identifier: Apache-2.0

package session

// Heir takes what this process can do nothing with any more, because the streams
// have gone on in another one: a stanza that was not delivered, the connection it
// came from, and why it goes back. raw is valid within the call only.
type Heir func(raw []byte, src uint32, why uint8)

// SetHeir has stanzas that go back go to an heir. The loops are frozen.
func (h *Hub) SetHeir(heir Heir) { h.heir.Store(&heir) }

// Clustered says whether there are other nodes, who know our streams by claims that
// another process cannot take over.
func (h *Hub) Clustered() bool { return h.cluster != nil }

// inherited gives a stanza to the heir, if there is one.
func (h *Hub) inherited(raw []byte, src uint32, why reason) bool {
	heir := h.heir.Load()
	if heir == nil {
		return false
	}
	(*heir)(raw, src, uint8(why))
	return true
}

// Lost answers a stanza that was on its way to a server which the configuration does
// not know any more. It runs on the loop of lo.
func (lo *Local) Lost(raw []byte, src uint32) {
	if src != 0 { // else it is our own, and nobody's loss
		lo.sendHome(raw, src, lost)
	}
}

// Return answers a stanza that the process before us could not deliver. It runs on
// the loop of lo.
func (lo *Local) Return(raw []byte, src uint32, why uint8) {
	if reason(why) <= denied {
		lo.sendHome(raw, src, reason(why))
	}
}
