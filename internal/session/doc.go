// SPDX-License-Identifier: Apache-2.0

// Package session is one component's stream at work: the stream machine on one
// side, the connection on the other, the router between them and everybody
// else's sessions.
//
// A stanza's way through it:
//
//	session.go    Session: bytes in, the machine's events out
//	stanza.go     an established stream's stanza: may it pass, and where to
//	address.go    who it says it is from; what was last seen is not parsed again
//	target.go     whom it is for, likewise
//	run.go        neighbours for one destination travel together
//
// and what else there is:
//
//	negotiate.go  header, proof, registration, the time they may take
//	hosts.go      one component's names under all hosted domains
//	leave.go      the end of a stream, whoever ends it
//	answer.go     errors weir gives at once, and their budget
//	bounce.go     what could not be delivered after all goes back
//	balance.go    several instances of one name
//	backlog.go    what waits for one that leaves, and who gets it
//	hold.go       why a stream is not read, and until when
//	gate.go       the congestion of one that does not take what is sent to it
//	input.go      the memory of unfinished stanzas, and who must go when it is full
//	hub.go        Hub: what all sessions share, and a reload can change
//	local.go      what the sessions of one loop share
//	listener.go   Listener: the settings of those who came in by one door
//	proof.go      names proved before the stream began; wrong proofs, and who has shown too many
//	counters.go   Counters: every stanza is in exactly one of them
//	facts.go      what others may ask of a session
//	departed.go   what streams did that have ended
//	tap.go        which stanzas a live trace is told of, and what became of them
//	state.go      a session as a value, and a session made of one
//	heir.go       the process in which the streams go on
//
// A link to an XMPP server is a Session too, at the other end of a stream:
//
//	uplink.go     what is different on a link; who opened it
//	upstream.go   what sessions ask of those who open links
//	way.go        Way: which link a name's stanzas take
//	upward.go     a component's stanza on its way to a server
//	parking.go    what waits for a server, or for a component to come back
//
// In a cluster:
//
//	cluster.go     what sessions ask of the other nodes, and are told by them
//	claim.go       a name is a component's when the other nodes agree
//	across.go      a stanza on its way to another node; what was sent in vain
//	across_unit.go one that has waited here, and goes there now
//	passage.go     what is remembered of the last stanza that went, or came
//	arrive.go      a stanza from another node
//	arrive_down.go   for a component here
//	arrive_up.go     for a server, by a link of ours
//	asked.go       who has asked, so that the answer goes there
//	holder.go      which node holds a name's links to servers
//
// A Session is owned by its connection's loop. Other sessions reach it only
// through its connection (Append, Write) and by Post. A Hub is safe for
// concurrent use; what of it can be reloaded is an atomic pointer to something
// immutable.
//
// Not here: sockets and queues (engine), XML (xmlscan, internal/stream), what a
// stanza is by itself (internal/stanza), the routing order (internal/router), who is
// in debt (internal/flow).
package session
