// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"weir/bench/client"
	"weir/bench/traffic"
)

// Proof is what became of the stanzas by which connections without traffic show,
// once their figures are taken, that they are what the server says they are.
type Proof struct {
	Sent      uint64 `json:"sent"`
	Delivered uint64 `json:"delivered"`
}

// proofs adds the flows by which components prove themselves: each writes to its
// neighbour, the last one of an odd number to itself.
func (o *Options) proofs(c *casting, first, n int) error {
	if !o.Prove {
		return nil
	}
	for i := range n {
		to := i ^ 1
		if to == n {
			to = i
		}
		if err := c.add(route{first + i, first + to}, proofCargo); err != nil {
			return err
		}
	}
	return nil
}

// proofSize is how much longer a message is than its addresses, with some text.
const proofSize = 120

func (o *Options) proofShapes(from, to string) ([]traffic.Shape, error) {
	if o.Mix != nil {
		return o.Mix, nil
	}
	s, err := traffic.Messages(len(from)+len(to)+proofSize, from, to)
	return []traffic.Shape{s}, err
}

// fromFlow makes proofs of all flows from a number on.
func fromFlow(first int) func(*traffic.Flow) client.LaneKind {
	return func(f *traffic.Flow) client.LaneKind {
		if int(f.ID) >= first {
			return client.Proof
		}
		return client.Usual
	}
}

// proofOf is nil if nothing was to be proven.
func (o *Options) proofOf(t client.Totals) *Proof {
	if !o.Prove {
		return nil
	}
	return &Proof{t.Proof.Sent, t.Proof.Delivered}
}

func (p *Proof) print(row func(name, format string, args ...any)) {
	row("proof", "%s stanzas sent over these connections afterwards, %s delivered", grouped(int64(p.Sent)), grouped(int64(p.Delivered)))
}
