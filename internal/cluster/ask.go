// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
)

// ErrNobody: nobody listens in a node's place.
var ErrNobody = errors.New("cluster: nobody listens there")

const (
	// askTimeout is how long a node has to answer: it does nothing but look.
	askTimeout = time.Second
	// askAgain is the pause before a node that nobody listens for is asked once
	// more: it may be joining others at this moment.
	askAgain = 250 * time.Millisecond
)

// Answers of a node that is asked after a holder.
const (
	answerServes = 'y'
	answerDenies = 'n'
)

// ask asks another node after a holder of its own.
func (n *Node) ask(ctx context.Context, h directory.Holder, name string) registry.Life {
	q := binary.BigEndian.AppendUint64(nil, h.Incarnation)
	q = binary.BigEndian.AppendUint64(q, h.ID)
	q = append(q, name...)
	for try := 0; ; try++ {
		once, cancel := context.WithTimeout(ctx, askTimeout)
		a, err := n.Asker.Ask(once, h.Node, q)
		cancel()
		switch {
		case errors.Is(err, ErrNobody) && try > 0:
			return registry.NotThere
		case errors.Is(err, ErrNobody):
		case err != nil || len(a) != 1:
			return registry.Unclear
		case a[0] == answerServes:
			return registry.Serves
		case a[0] == answerDenies:
			return registry.Denies
		default:
			return registry.Unclear
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return registry.Unclear
		}
	}
}

// answer answers another node that asks after a holder of ours.
func (n *Node) answer(q []byte) []byte {
	if len(q) < 16 {
		return nil
	}
	inc, id, name := binary.BigEndian.Uint64(q), binary.BigEndian.Uint64(q[8:]), string(q[16:])
	if inc == n.Self.Incarnation && n.registry.Serves(name, id) {
		return []byte{answerServes}
	}
	return []byte{answerDenies}
}
