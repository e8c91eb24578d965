// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"errors"
	"time"

	"weir/internal/cluster/link"
	"weir/internal/session"
)

// Send implements session.Cluster.
func (n *Node) Send(m session.Message) session.Sent {
	p := inLink(m.To)
	err := n.link.Send(p, n.link.Lane(m.From, m.Domain), m.Epoch, m.Bytes)
	switch {
	case err == nil:
		n.count.sent.Add(1)
		n.count.sentBytes.Add(int64(len(m.Bytes)))
		if n.isBehind(m) {
			return session.SentHold
		}
		return session.SentOn
	case errors.Is(err, link.ErrWindow):
		n.count.tooMuch.Add(1)
		return session.SentTooMuch
	case errors.Is(err, link.ErrTooBig):
		return session.SentTooBig
	}
	n.count.nowhere.Add(1)
	n.lookAgain(string(m.Domain))
	return session.SentNowhere
}

const (
	// lookEvery is how often a name is looked up that is of a node which does not
	// answer, and looksMax how many such names are looked up meanwhile.
	lookEvery = 500 * time.Millisecond
	looksMax  = 256
)

// lookAgain looks whether somebody else has a name by now.
func (n *Node) lookAgain(name string) {
	n.lookMu.Lock()
	defer n.lookMu.Unlock()
	if n.looked[name] || len(n.looked) >= looksMax || n.ctx.Err() != nil {
		return
	}
	n.looked[name] = true
	n.done.Go(func() {
		n.registry.Look(name)
		select {
		case <-time.After(lookEvery):
		case <-n.ctx.Done():
		}
		n.lookMu.Lock()
		defer n.lookMu.Unlock()
		delete(n.looked, name)
	})
}

func (n *Node) isBehind(m session.Message) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.behind) > 0 && n.behind[m.To]
}

// Flush implements session.Cluster.
func (n *Node) Flush() { n.link.Flush() }

// lost is the link's: what was sent in vain goes back to who sent it.
func (n *Node) lost(_ link.Peer, u *link.Unacked) {
	all := make([][]byte, 0, u.Len())
	u.Each(func(_ uint64, b []byte) { all = append(all, bytes.Clone(b)) })
	unknown := u.Outcome == link.Unknown
	if unknown {
		n.count.unknown.Add(int64(len(all)))
	} else {
		n.count.undelivered.Add(int64(len(all)))
	}
	n.Hub.Unacked(all, unknown)
}
