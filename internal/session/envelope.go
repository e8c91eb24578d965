// SPDX-License-Identifier: Apache-2.0

package session

import "encoding/binary"

// Kinds of what one node sends another.
const (
	aboardStanza byte = 'S' // for a component there
	aboardAnswer byte = 'A' // of weir's, for the connection that a stanza came from
	aboardUp     byte = 'U' // for a server, by the link of name
)

// envelope is what stands before a stanza between nodes.
type envelope struct {
	kind byte
	conn uint32 // aboardStanza: the connection it came from; aboardAnswer: that it is for
	id   uint64 // of the instance that sends; 0: none
	// epoch of that instance's claim of the name that the stanza is from; 0: it has
	// none of that name.
	epoch uint64
	dest  uint64 // the instance that is meant
	name  string // aboardUp: whose link is meant, and whose claim epoch is of
}

func (e envelope) append(dst []byte) []byte {
	dst = append(dst, e.kind)
	dst = binary.AppendUvarint(dst, uint64(e.conn))
	dst = binary.AppendUvarint(dst, e.id)
	dst = binary.AppendUvarint(dst, e.epoch)
	dst = binary.AppendUvarint(dst, e.dest)
	if e.kind == aboardUp {
		dst = binary.AppendUvarint(dst, uint64(len(e.name)))
		dst = append(dst, e.name...)
	}
	return dst
}

// answering has an answer say where the stanza was that it answers: in the three numbers
// that mean something else for a stanza.
func (e envelope) answering(p Place) envelope {
	e.id, e.epoch, e.dest = p.Seq, uint64(p.Epoch), uint64(p.Lane)
	return e
}

// answers is what answering has put in; not known if it can be no place.
func (e envelope) answers() Place {
	p := Place{Lane: uint8(e.dest), Epoch: uint32(e.epoch), Seq: e.id}
	if uint64(p.Lane) != e.dest || uint64(p.Epoch) != e.epoch {
		return Place{}
	}
	return p
}

// openEnvelope takes an envelope off; false if it is none. The rest is the stanza.
func openEnvelope(b []byte) (e envelope, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != aboardStanza && b[0] != aboardAnswer && b[0] != aboardUp {
		return envelope{}, nil, false
	}
	e.kind, b = b[0], b[1:]
	var conn uint64
	for _, p := range []*uint64{&conn, &e.id, &e.epoch, &e.dest} {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return envelope{}, nil, false
		}
		*p, b = v, b[n:]
	}
	e.conn = uint32(conn)
	if e.kind == aboardUp {
		size, n := binary.Uvarint(b)
		if n <= 0 || size == 0 || size > uint64(len(b)-n) {
			return envelope{}, nil, false
		}
		e.name, b = string(b[n:n+int(size)]), b[n+int(size):]
	}
	return e, b, uint64(e.conn) == conn && len(b) > 0
}
