// SPDX-License-Identifier: Apache-2.0

package envelope

import "encoding/binary"

// Kinds of what one node sends another.
const (
	ToComponent byte = 'S' // a stanza for a component there
	ToServer    byte = 'U' // a stanza for a server, by the link of Name
	Answer      byte = 'A' // of weir's, for the connection that a stanza came from
)

// Max is how many bytes an envelope has at most: its kind, the numbers, and a name.
const Max = 1 + 6*binary.MaxVarintLen64 + 1023

// Envelope is what stands before a stanza between nodes.
type Envelope struct {
	Kind byte
	Conn uint32 // the connection it came from; of an answer, that it is for
	ID   uint64 // of the instance that sends; 0: none
	// Epoch is that of the instance's claim of the name that the stanza is from; 0: it
	// has none of that name.
	Epoch uint64
	Dest  uint64 // the instance that is meant
	Name  string // ToServer: whose link is meant, and whose claim Epoch is of
}

// Append appends the envelope. The stanza follows.
func (e Envelope) Append(dst []byte) []byte {
	dst = append(dst, e.Kind)
	dst = binary.AppendUvarint(dst, uint64(e.Conn))
	dst = binary.AppendUvarint(dst, e.ID)
	dst = binary.AppendUvarint(dst, e.Epoch)
	dst = binary.AppendUvarint(dst, e.Dest)
	if e.Kind == ToServer {
		dst = binary.AppendUvarint(dst, uint64(len(e.Name)))
		dst = append(dst, e.Name...)
	}
	return dst
}

// Place is what the node that has sent a stanza to another one knows it by. It goes back
// with an answer.
type Place struct {
	Lane  uint8
	Epoch uint32
	Seq   uint64 // 0: not known
}

// Answering has an answer say where the stanza was that it answers: in the three numbers
// that mean something else for a stanza.
func (e Envelope) Answering(p Place) Envelope {
	e.ID, e.Epoch, e.Dest = p.Seq, uint64(p.Epoch), uint64(p.Lane)
	return e
}

// Answers is what Answering has put in; not known if it can be no place.
func (e Envelope) Answers() Place {
	p := Place{Lane: uint8(e.Dest), Epoch: uint32(e.Epoch), Seq: e.ID}
	if uint64(p.Lane) != e.Dest || uint64(p.Epoch) != e.Epoch {
		return Place{}
	}
	return p
}

// Open takes an envelope off; false if it is none, or if nothing follows it. The rest
// is the stanza, and points into b.
func Open(b []byte) (e Envelope, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != ToComponent && b[0] != ToServer && b[0] != Answer {
		return Envelope{}, nil, false
	}
	e.Kind, b = b[0], b[1:]
	var conn uint64
	for _, p := range []*uint64{&conn, &e.ID, &e.Epoch, &e.Dest} {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return Envelope{}, nil, false
		}
		*p, b = v, b[n:]
	}
	e.Conn = uint32(conn)
	if e.Kind == ToServer {
		size, n := binary.Uvarint(b)
		if n <= 0 || size == 0 || size > uint64(len(b)-n) {
			return Envelope{}, nil, false
		}
		e.Name, b = string(b[n:n+int(size)]), b[n+int(size):]
	}
	return e, b, uint64(e.Conn) == conn && len(b) > 0
}
