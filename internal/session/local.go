// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/tap"
	"weir/xmlscan"
)

// Local is what the sessions of one loop share: memory to work in, and what the
// loop remembers. It is owned by its loop.
type Local struct {
	Count Counters

	loop       *engine.Loop
	hub        *Hub
	scratch    *xmlscan.Scratch
	routes     *router.Cache
	run        run
	reader     stanza.Reader
	own        []byte        // an answer of ours, before it is queued
	words      []byte        // what the stream machine says; others answer while it waits
	taps       []*tap.OnLoop // nil: nobody looks
	whole      []byte        // a stanza written anew; it may have to be answered
	from       []byte        // a sender's address in normal form
	to         []byte        // a receiver's
	let        pass          // the last sender that an access rule let pass
	aboard     []byte        // a message to another node
	passage    passage       // the last stanza that went to one
	landing    landing       // and the last that came from one
	crossed    bool          // one has been given to the cluster since it was last flushed
	inVain     []inVain      // what has been given back by it
	unfinished inputs
	leaving    []*Session // those that give up their names, one after the other
	tabled     bool       // somebody here has the table locked, or is about to
	// departed are those that have left since they were last asked for, departedMax at most.
	departed []Departed
}

// NewLocal makes the memory of a loop; an engine is given it as NewLocal.
func (h *Hub) NewLocal(l *engine.Loop) *Local {
	lo := &Local{loop: l, hub: h, scratch: new(xmlscan.Scratch), routes: router.NewCache()}
	lo.reader.Init()
	return lo
}

// InputBytes is what unfinished stanzas hold.
func (lo *Local) InputBytes() int64 { return lo.unfinished.bytes }

// Loop is the loop whose memory lo is.
func (lo *Local) Loop() *engine.Loop { return lo.loop }

// localOf is the memory of the loop that a connection lives on.
func localOf(c *engine.Conn) *Local { return c.Loop().Local.(*Local) }
