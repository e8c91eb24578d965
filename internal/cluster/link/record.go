// SPDX-License-Identifier: Apache-2.0

package link

import "encoding/binary"

// A control frame's entries are records of recordLen bytes, in network order:
//
//	0  kind   1  lane   2  two bytes of zero   4  window   8  epoch   12  four bytes of zero   16  seq
//
// A kind that is not known is passed over, so that a later version may add some.
const recordLen = 24

type kind uint8

const (
	// ack: every frame of the lane up to seq in this epoch is done with; window is how much may be on the way from now on.
	ack kind = iota + 1
	// reset: what came on the lane in this epoch after seq is refused, whatever it was.
	reset
	// forgot: nothing is known of this lane any more: what came in this epoch is refused, what came before is not known.
	forgot
	// ping asks for a pong.
	ping
	pong
	// stranger: a frame came for seq, which is not who we are.
	stranger
	// hello tells the versions spoken, in the header.
	hello
)

type record struct {
	kind   kind
	lane   uint8
	window uint32
	epoch  uint32
	seq    uint64
}

func (r record) appendTo(b []byte) []byte {
	b = append(b, byte(r.kind), r.lane, 0, 0)
	b = binary.BigEndian.AppendUint32(b, r.window)
	b = binary.BigEndian.AppendUint32(b, r.epoch)
	b = append(b, 0, 0, 0, 0)
	return binary.BigEndian.AppendUint64(b, r.seq)
}

// records calls fn with each record of a control frame; false if they do not fill it exactly.
func records(frame []byte, count int, fn func(record)) bool {
	b := frame[headerLen:]
	if len(b) != count*recordLen {
		return false
	}
	for ; len(b) > 0; b = b[recordLen:] {
		fn(record{
			kind: kind(b[0]), lane: b[1],
			window: binary.BigEndian.Uint32(b[4:]),
			epoch:  binary.BigEndian.Uint32(b[8:]),
			seq:    binary.BigEndian.Uint64(b[16:]),
		})
	}
	return true
}
