// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/xmlscan"
)

// AcrossUp sends what has waited for a link of a name to the node that holds it, in
// order. What came from another node is answered: it does not go on to a third.
func (lo *Local) AcrossUp(to *Keeper, name string, units []Unit) {
	for _, u := range units {
		lo.Count.Parked--
		if u.Src >= engine.Foreign || lo.boardUp(to, name, u) != SentOn {
			lo.sendHome(u.Raw, u.Src, lost)
		}
	}
}

// AcrossDown sends what servers have sent to a component that is not here any more to
// the node where it is.
func (lo *Local) AcrossDown(units []Unit) {
	for _, u := range units {
		lo.Count.Parked--
		if lo.boardDown(u) != SentOn {
			lo.sendHome(u.Raw, u.Src, absent)
		}
	}
}

// boardUp sends a stanza for a server to the node that holds the link of its name.
func (lo *Local) boardUp(to *Keeper, name string, u Unit) (sent Sent) {
	e := envelope.Envelope{Kind: envelope.ToServer, Conn: u.Src, Name: name}
	if e.ID = lo.instanceOf(name, u.Src); e.ID == 0 {
		return SentNowhere
	}
	ours := false
	if e.Epoch, ours = lo.hub.cluster.Epoch(name, e.ID); !ours {
		return SentNowhere
	}
	return lo.boardUnit(e, u.Raw, func(*xmlscan.Stanza) *directory.Holder { return to })
}

// instanceOf is the instance of a name of ours that a connection is: if it is gone,
// any that is left speaks for it; 0: none is.
func (lo *Local) instanceOf(name string, conn uint32) (id uint64) {
	n := lo.hub.Table.Lookup([]byte(name))
	if n == nil {
		return 0
	}
	for _, inst := range n.Set().Instances {
		if s := sessionOf(inst); id == 0 || s != nil && s.conn.ID() == conn {
			id = inst.ID
		}
	}
	return id
}

// boardDown sends a server's stanza to whoever serves its receiver on other nodes.
func (lo *Local) boardDown(u Unit) Sent {
	return lo.boardUnit(envelope.Envelope{Kind: envelope.ToComponent, Conn: u.Src}, u.Raw, func(st *xmlscan.Stanza) *directory.Holder {
		to, _ := lo.holder(st)
		return to
	})
}

// boardUnit sends a stanza that is on its way already. No sender is held for it; a
// node that is behind takes it as long as it takes any.
func (lo *Local) boardUnit(e envelope.Envelope, raw []byte, dest func(*xmlscan.Stanza) *directory.Holder) (sent Sent) {
	sent = SentNowhere
	lo.reader.Read(raw, func(st *xmlscan.Stanza) {
		to := dest(st)
		if to == nil {
			return
		}
		if e.Kind == envelope.ToComponent {
			e.Dest = to.ID
		}
		from, domain := lo.sender(st), lo.receiver(st).Domain
		lo.aboard = append(e.Append(lo.aboard[:0]), raw...)
		sent = lo.hub.cluster.Send(Message{To: to.Peer, From: from.Bare(), Domain: domain, Epoch: to.Epoch, Bytes: lo.aboard})
	})
	if sent == SentHold {
		sent = SentOn
	}
	if sent == SentOn {
		lo.Count.Crossed++
		lo.hub.cluster.Flush()
	}
	return sent
}
