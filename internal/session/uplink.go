// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/stream"
	"weir/xmlscan"
)

// Owner is who opened a link. Its methods run on the link's loop, one at a time,
// and must not block.
type Owner interface {
	// Ready: the server has taken our proof, stanzas may follow.
	Ready(s *Session)
	// Take says that a stanza of the server's is for the link itself. st is valid
	// within the call only.
	Take(s *Session, st *xmlscan.Stanza) bool
	// Quit: the link takes nothing any more. units are what it has been given and
	// of which no byte is written, in order; they are counted as parked.
	Quit(s *Session, units []Returned)
	// Ended is the last call: the connection is closed. The verdict is empty for
	// one that was not ended by a stream error.
	Ended(s *Session, v stream.Verdict, cause engine.Cause)
}

// Server is what our links to one XMPP server share. Immutable.
type Server struct {
	lis     *Listener
	configs []stream.InitiateConfig // by loop, since scratch memory is a loop's
	most    int                     // bytes of a stanza that is passed on, and of an answer
}

// linkBytes is what a link reads of one stanza at least. Servers pass on more than
// the half of it; a stanza that any user can send must not end a link that all of
// a component's users share.
const linkBytes = 1 << 20

// manyAttributes is how many attributes one element of a server's stanza may have. What
// has more is answered, like what is too long.
const manyAttributes = 256

// linkLimits are those of a link for what is within l: above what servers pass on,
// so that what is beyond l can be answered in its place.
func linkLimits(l xmlscan.Limits) xmlscan.Limits {
	return xmlscan.Limits{
		StanzaBytes: max(linkBytes, 2*l.StanzaBytes), HeaderBytes: l.HeaderBytes,
		Depth: -1, Attributes: -1, Elements: -1, NameBytes: -1, NamespaceDecls: -1, NamespaceBytes: -1,
	}
}

// NewServer makes a server for links on the loops whose sessions share locals.
// Of the settings Name (for logs), StateTimeout and Limits are heeded.
func NewServer(set *Settings, secret string, locals []*Local) *Server {
	own := *set
	own.CheckFrom = false // a server speaks for all its users, and for other servers
	within := set.Limits.Resolve()
	srv := &Server{lis: NewListener(&own, locals), most: within.StanzaBytes}
	for _, lo := range locals {
		srv.configs = append(srv.configs, stream.InitiateConfig{
			Scan:     xmlscan.Config{Limits: linkLimits(within), DeepAt: within.Depth, ManyAt: manyAttributes, Scratch: lo.scratch},
			Password: secret,
		})
	}
	return srv
}

// uplink is the machine of a link: a component's side of a stream, and who
// opened it.
type uplink struct {
	stream.Initiator
	owner Owner
	most  int   // see Server
	heard int64 // when the server last sent anything
	// polite says that we end the link: what waits for the server is still sent.
	polite bool
}

// Returned is a stanza that a link was given in vain, and the router's upstream
// that it is for.
type Returned struct {
	Unit
	Upstream int32
}

// Link makes the session of a connection that was dialled to srv, to be the
// component name there. It speaks first.
func (h *Hub) Link(c *engine.Conn, srv *Server, name string, owner Owner) *Session {
	u := &uplink{owner: owner, most: srv.most, heard: c.Loop().Now()}
	u.Init(&srv.configs[c.Loop().ID()], name)
	s := &Session{conn: c, local: localOf(c), lis: srv.lis, in: u}
	s.say(u.Open(nil))
	s.awaitPeer()
	return s
}

// tooMuch says that a stanza of the server's is beyond what components are sent,
// though the link reads it.
func (u *uplink) tooMuch(st *xmlscan.Stanza) bool {
	return len(st.Raw) > u.most || st.Deep() || st.Many()
}

// Faulted says that a link has ended for what we found wrong in what the server sent.
func (s *Session) Faulted() bool { return s.uplink().Faulted() }

// uplink is the machine of a link, nil for a component's session.
func (s *Session) uplink() *uplink {
	u, _ := s.in.(*uplink)
	return u
}

// linkOf is the link that a connection is, nil without one.
func linkOf(c *engine.Conn) *Session {
	if c == nil {
		return nil
	}
	if s, ok := c.Handler().(*Session); ok && s.uplink() != nil {
		return s
	}
	return nil
}

// early counts an element that came before its time: a component's stanza. Of a
// server's it is its features, or something else that means nothing to us.
func (s *Session) early() {
	if s.uplink() == nil {
		s.local.Count.Early++
	}
}

// linked: the server has taken us for the component.
func (s *Session) linked() {
	s.conn.Loop().Disarm(&s.timer)
	s.uplink().owner.Ready(s)
}

// unlinked gives the owner of a link that has ended what the server was not sent
// a byte of.
func (s *Session) unlinked() {
	u, lo := s.uplink(), s.local
	var units []Returned
	if !u.polite {
		s.conn.Yield(func(raw []byte, src uint32) {
			t := lo.hub.Rules().Router.Resolve([]byte(lo.domainOf(raw)))
			if t.Kind != router.Upstream {
				lo.sendHome(raw, src, lost) // its receiver has joined us meanwhile, and was not meant
				return
			}
			units = append(units, Returned{NewUnit(raw, src), t.Upstream})
		})
		lo.Count.Parked += int64(len(units))
	}
	u.owner.Quit(s, units)
}

// Unlink ends a link in good order. It runs on its loop.
func (s *Session) Unlink() {
	defer s.conn.Guard()
	u := s.uplink()
	s.goThrough()
	u.polite = true
	s.leave("unlinked", u.Finish(nil))
}

// Withdraw ends a link that is another node's from now on: what the server was not
// sent is given back, to go there. It runs on its loop.
func (s *Session) Withdraw() {
	defer s.conn.Guard()
	s.goThrough()
	s.leave("withdrawn", s.uplink().Finish(nil))
}

// Break ends a link whose server has fallen silent. It runs on its loop.
func (s *Session) Break() {
	defer s.conn.Guard()
	s.conn.Abort(engine.CauseAborted)
}

// Heard is when a link's server last sent anything, in the loop's time. It is the
// loop's own.
func (s *Session) Heard() int64 { return s.uplink().heard }

// mayAnswerUp says whether an answer to a stanza of the server's can be sent to
// it: it would be from the stanza's receiver, and servers close a link that
// speaks for anybody else.
func (s *Session) mayAnswerUp(st *xmlscan.Stanza) bool {
	_, ok := stanza.DomainOf(st.From())
	domain, ours := stanza.DomainOf(st.To())
	return ok && ours && string(domain) == s.in.Name()
}
