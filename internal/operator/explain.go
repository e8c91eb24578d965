// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"errors"
	"fmt"
	"strings"

	"weir/internal/cluster/directory"
	"weir/internal/jid"
	"weir/internal/router"
	"weir/internal/session"
	"weir/internal/stanza"
	"weir/table"
)

// ErrNoAddress is returned for what is not an address.
var ErrNoAddress = errors.New("not an XMPP address")

// Explanation says where a stanza would go now, and which rule says so.
type Explanation struct {
	From, To  string   // in normal form
	Sender    string   // who serves the sender's domain: a component, or nobody
	Kind      string   // host, component, upstream, nowhere
	Name      string   // the component's name, the host, the server
	Instances []uint64 // those that serve the name
	Instance  uint64   // the one that would get it; 0: none
	Node      string   // of a component on another node: the oldest one's; of a server: whose link is taken
	Listener  string   // by which that one came in
	Allowed   bool     // by the access rule of that listener
	Rule      string   // the clause that says so
	Awaited   bool     // the receiver has left a moment ago and may be back
	Verdict   string   // delivered, answered, or the condition of the error
}

// Explain says what would become of a message. Safe from anywhere.
func Explain(h *session.Hub, from, to string) (Explanation, error) {
	sender, err := normal(from)
	if err != nil {
		return Explanation{}, fmt.Errorf("%s is %w", from, err)
	}
	receiver, err := normal(to)
	if err != nil {
		return Explanation{}, fmt.Errorf("%s is %w", to, err)
	}
	r := h.Rules().Router
	t := r.Resolve(receiver.Domain)
	e := Explanation{
		From: string(sender.Text), To: string(receiver.Text), Kind: t.Kind.String(), Name: t.Host, Instances: []uint64{}, Allowed: true,
	}
	if n := h.Table.Lookup(sender.Domain); n != nil {
		e.Sender = n.Text
	}
	switch t.Kind {
	case router.Host:
		e.Verdict = "answered by weir"
	case router.Component:
		explainComponent(&e, t.Name, &sender)
	case router.Remote:
		explainRemote(&e, t.Remote)
	case router.Upstream:
		explainUpstream(&e, h, t, receiver.Domain)
	default:
		e.Verdict = r.Bounce(t).Condition
	}
	return e, nil
}

// explainUpstream: what is for a server takes the way of its sender's name.
func explainUpstream(e *Explanation, h *session.Hub, t router.Target, domain []byte) {
	rules := h.Rules()
	if rules.Upstream.Awaits(domain) { // it is ours, and does not go to a server
		e.Kind, e.Awaited, e.Verdict = router.Nowhere.String(), true, rules.Router.Bounce(router.Target{Hosted: true}).Condition
		return
	}
	e.Name = strings.Join(rules.Upstream.Group(t.Upstream), " or ")
	w := rules.Upstream.Way(e.Sender, t.Upstream)
	if w == nil {
		e.Verdict = rules.Router.Bounce(t).Condition
		return
	}
	switch link, to := w.Link(), w.Away(); {
	case link != nil:
		e.Name = link.Settings().Name
		e.Verdict = "sent to the server"
	case to != nil:
		e.Node = string(to.Node)
		e.Verdict = "sent to the server by the link that node " + e.Node + " holds"
	default:
		e.Verdict = "waits until a server can be reached"
	}
}

// explainRemote: what another node's listener says of the sender is known there.
func explainRemote(e *Explanation, n *directory.Name) {
	e.Name = n.Text
	holders := n.Set().Holders
	for i := range holders {
		e.Instances = append(e.Instances, holders[i].ID)
	}
	e.Verdict = "delivered"
	if first := n.Set().First(); first != nil {
		e.Instance, e.Node = first.ID, string(first.Node)
	}
}

func explainComponent(e *Explanation, n *table.Name, from *stanza.Address) {
	e.Name = n.Text
	for _, inst := range n.Set().Instances {
		e.Instances = append(e.Instances, inst.ID)
	}
	inst := n.Pick(from.Bare())
	if inst == nil {
		e.Verdict = "service-unavailable"
		return
	}
	e.Instance = inst.ID
	if s, ok := inst.Receiver.(*session.Session); ok {
		set := s.Settings()
		e.Listener = set.Name
		e.Allowed, e.Rule = set.Access.Decide(from.Parts)
	}
	e.Verdict = "delivered"
	if !e.Allowed {
		e.Verdict = "not-allowed"
	}
}

// normal reads an address that an operator has typed.
func normal(text string) (stanza.Address, error) {
	b, err := jid.Normalize(nil, []byte(text))
	if err != nil {
		return stanza.Address{}, ErrNoAddress
	}
	p, ok := jid.Parse(b)
	if !ok {
		return stanza.Address{}, ErrNoAddress
	}
	return stanza.Address{Parts: p, Text: b}, nil
}
