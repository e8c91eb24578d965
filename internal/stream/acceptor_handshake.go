// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// judgeProof compares what the component sent with the proof of each password.
func (a *Acceptor) judgeProof(st *xmlscan.Stanza, out []byte) (Event, []byte) {
	got, ok := appendCharData(nil, st)
	if !ok || !a.proven(got) {
		return a.end(Failed, &Verdict{wire.CondNotAuthorized, "Invalid handshake"}, out)
	}
	a.state = WaitRegister
	return Authenticated, out
}

// proven compares with every proof, whichever is right, so that the time tells
// nobody which password was used or how far the list goes.
func (a *Acceptor) proven(got []byte) bool {
	ok := false
	for _, password := range a.cfg.Passwords {
		plain := wire.DigestEqual(got, wire.Digest(a.id, password))
		// COMPAT(Swiften): XEP-0114 §3 has characters with a predefined
		// entity escaped before hashing. Swiften does, all others do not.
		escaped := wire.DigestEqual(got, wire.Digest(a.id, string(wire.AppendEscaped(nil, password))))
		ok = ok || plain || escaped
	}
	return ok || a.cfg.AnyProof
}
