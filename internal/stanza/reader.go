// SPDX-License-Identifier: Apache-2.0

package stanza

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// Reader reads single stanzas from their bytes: those that were sent on and come
// back, and those that another node has sent. It is rare that any come back, and so
// nothing of what is sent on is kept but its bytes. The Reader's scanner stands in a
// stream of ours, in which each of them is a stanza. Owned by its loop.
type Reader struct {
	scan *xmlscan.Scanner
	cfg  xmlscan.Config
	busy bool // in the middle of a stanza
}

// Init makes a Reader ready.
func (r *Reader) Init() {
	// What was let in must be readable now, so nothing is limited.
	most := xmlscan.Limits{StanzaBytes: -1, HeaderBytes: -1, Depth: -1, Attributes: -1, Elements: -1, NameBytes: -1,
		NamespaceDecls: -1, NamespaceBytes: -1}
	// Its scratch is its own: sharing the loop's, it would have the scanner of the stream
	// that is being read make the bitmaps of what is unread anew, for each stanza.
	r.cfg = xmlscan.Config{Limits: most, Scratch: xmlscan.NewScratch()}
	r.begin()
}

// begin opens the stream in which stanzas are read.
func (r *Reader) begin() {
	r.busy = false
	r.scan = xmlscan.New(r.cfg)
	r.scan.Feed(wire.AppendHeader(nil, wire.HeaderOptions{}))
	if !r.next(xmlscan.Header) || !r.next(xmlscan.NeedMore) {
		panic("stanza: our own header cannot be read")
	}
}

func (r *Reader) next(want xmlscan.Event) bool {
	ev, err := r.scan.Next()
	return ev == want && err == nil
}

// Read calls f with the first stanza of raw, and ends with nothing in hand. It is false
// if raw does not begin with one: of stanzas that were let in only one that was written
// anew can fail, which has more declarations than what came in.
func (r *Reader) Read(raw []byte, f func(st *xmlscan.Stanza)) bool {
	if r.busy { // f has panicked, or raw was no stanza
		r.scan.Close()
		r.begin()
	}
	r.busy = true
	r.scan.Feed(raw)
	if !r.next(xmlscan.StanzaEvent) {
		return false
	}
	f(r.scan.Stanza())
	r.busy = !r.next(xmlscan.NeedMore)
	return true
}
