// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"sync"

	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/table"
)

// Cluster is the other nodes. It is safe for concurrent use, and none of its
// methods waits.
type Cluster interface {
	// Claim asks for names for an instance. done is called once, on a goroutine
	// that is no loop's: with nil they are all its own, else none is.
	Claim(c Claim, done func(error))
	// Release gives names up.
	Release(names []string, id uint64)
	// Epoch is that of a claim of ours; false: we do not have it.
	Epoch(name string, id uint64) (epoch uint64, ok bool)
	// Outdated says that a name's claim, by which a stanza was sent to us, is an
	// old one: somebody else has the name.
	Outdated(name []byte, c Origin) bool
	// Changes counts the changes of what Epoch, Outdated and Directory say. It is
	// another number as soon as one of them says something else.
	Changes() uint64

	// Send has a message be brought to a node, behind all that was sent to it from
	// the same address to the same domain; it copies.
	Send(m Message) Sent
	// Flush sends what has gathered.
	Flush()
	// Settle says that a stanza from a foreign source was written or answered.
	Settle(src uint32)
	// From is the node that a foreign source's stanza has come from, and Place what that
	// node knows it by.
	From(src uint32) directory.Peer
	Place(src uint32) Place
	// Reported says that a node answers a stanza of ours of which we have been told that
	// it was sent in vain (Hub.Unacked).
	Reported(by directory.Peer, p Place) bool

	// Directory is the names that other nodes serve.
	Directory() *directory.Directory
}

// Claim is a wish for names.
type Claim struct {
	Names  []string
	ID     uint64 // the instance's
	Policy table.Policy
	Hidden bool
}

// What a claim can fail on.
var (
	// ErrNameTaken: a component on some node has one of the names.
	ErrNameTaken = errors.New("the name is taken on another node")
	// ErrUndecided: the registry did not answer in time.
	ErrUndecided = errors.New("the cluster's registry does not answer")
)

// Origin is by which claim of which node something was sent.
type Origin struct {
	Peer  directory.Peer
	ID    uint64 // of the instance; 0: of none
	Epoch uint64
}

// Place is what the node that has sent a stanza to another one knows it by.
type Place = envelope.Place

// Message is a stanza on its way to another node.
type Message struct {
	To     directory.Peer
	From   []byte // the sender's bare address
	Domain []byte // the receiver's
	Epoch  uint64 // of the receiver's claim
	Bytes  []byte
}

// Sent is what became of a message.
type Sent uint8

const (
	SentOn      Sent = iota // it is on its way
	SentHold                // likewise, but the node is behind: its sender must not be read now
	SentTooMuch             // the node is too far behind
	SentTooBig
	SentNowhere // the node cannot be reached, or we must not send
)

// SetCluster tells the hub of the other nodes, before it has a session.
func (h *Hub) SetCluster(c Cluster, firstInstance uint64) {
	h.cluster = c
	h.instances.Store(firstInstance)
	c.Directory().Changed = h.elsewhereChanged
}

// Settled is the engine's: a stanza of another node's is written.
func (h *Hub) Settled(src uint32) { h.cluster.Settle(src) }

// elsewhereChanged: other nodes serve a name, or serve it no more. Who remembers
// where it led looks again.
func (h *Hub) elsewhereChanged(n *directory.Name) {
	h.joined.Add(1)
	if h.Table.Lookup([]byte(n.Text)) != nil {
		h.shareWith(n.Text)
	}
	h.regard(n.Text)
}

// shareWith has a name know that it is served on other nodes, too, and the instances
// there take their share.
func (h *Hub) shareWith(name string) {
	h.Table.SetAway(name, func() (away []*table.Instance, elsewhere bool) {
		n := h.cluster.Directory().Lookup([]byte(name))
		if n == nil {
			return nil, false
		}
		holders := n.Set().Holders
		for i := range holders {
			if holders[i].Balance {
				away = append(away, &table.Instance{ID: holders[i].ID, Receiver: &holders[i], Hidden: holders[i].Hidden, Balance: true})
			}
		}
		return away, true
	})
}

// crossing is who is held because a node is behind.
type crossing struct {
	mu   sync.Mutex
	held map[directory.Peer][]uint32
}

func (q *crossing) hold(p directory.Peer, conn uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held == nil {
		q.held = map[directory.Peer][]uint32{}
	}
	q.held[p] = append(q.held[p], conn)
}

// PeerOpened lets those go on who were held for a node that has caught up. Safe
// from anywhere.
func (h *Hub) PeerOpened(p directory.Peer) {
	h.crossing.mu.Lock()
	ids := h.crossing.held[p]
	delete(h.crossing.held, p)
	h.crossing.mu.Unlock()
	for _, id := range ids {
		c := h.engine.Conn(id)
		if c == nil {
			continue
		}
		c.Loop().Post(func() {
			defer c.Guard()
			c.Resume(holdAcross)
		})
	}
}

// Evict ends the stream of an instance that has lost a name to another node. Safe
// from anywhere.
func (h *Hub) Evict(name string, id uint64) {
	n := h.Table.Lookup([]byte(name))
	if n == nil {
		return
	}
	if inst := n.Set().ByID(id); inst != nil {
		if s, ok := inst.Receiver.(*Session); ok {
			s.retire()
		}
	}
}

// Fence ends the streams of all components: this node has lost the cluster, and
// others may have its names by now. Safe from anywhere.
func (h *Hub) Fence() {
	h.engine.Conns(func(c *engine.Conn) {
		c.Loop().Post(func() {
			defer c.Guard()
			if s, ok := c.Handler().(*Session); ok && s.inst != nil {
				s.leave("fenced", s.in.Fail(nil, "system-shutdown", "This node has lost its cluster"))
			}
		})
	})
}
