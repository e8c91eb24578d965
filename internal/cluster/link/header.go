// SPDX-License-Identifier: Apache-2.0

package link

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// The header of a frame, in network order. The first 16 bytes, all but the flags and the lane, are the same in every
// version.
//
//	0  version       8  incarnation of the sender     32  epoch
//	1  flags        16  incarnation it is meant for   36  CRC-32C of the header to here and of what follows it
//	2  lane         24  sequence number               40  entries
//	3  versions the sender speaks: lowest << 4 | highest
//	4  count of entries, two bytes; two bytes of zero
const headerLen = 40

const (
	versionMin = 1
	versionMax = 1
)

// Flags. A frame with none is data.
const (
	flagControl = 1 << 0 // records, on channel Control
	flagProbe   = 1 << 1 // no entries; epoch and seq are those of the frame sent last: has it come?

	flagsKnown = flagControl | flagProbe
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Why a frame is not taken. They are counted, not logged one by one.
var (
	errShort   = errors.New("link: shorter than a header")
	errVersion = errors.New("link: a version not spoken here")
	errSum     = errors.New("link: wrong checksum")
	errFlags   = errors.New("link: unknown flags")
	errEntries = errors.New("link: entries do not fill the frame")
)

// versions is a range of frame versions that a node speaks, 1 to 15.
type versions struct{ lowest, highest uint8 }

// common is the highest version that both speak, 0 if there is none.
func (v versions) common(o versions) uint8 {
	best := min(v.highest, o.highest)
	if best < v.lowest || best < o.lowest {
		return 0
	}
	return best
}

type header struct {
	version, flags, lane uint8
	speaks               versions
	count                uint16
	src, dst             uint64
	seq                  uint64
	epoch                uint32
}

// put writes the header to the first headerLen bytes of the frame, whose entries stand behind it already.
func (h *header) put(frame []byte) {
	frame[0], frame[1], frame[2] = h.version, h.flags, h.lane
	frame[3] = h.speaks.lowest<<4 | h.speaks.highest
	binary.BigEndian.PutUint16(frame[4:], h.count)
	frame[6], frame[7] = 0, 0
	binary.BigEndian.PutUint64(frame[8:], h.src)
	binary.BigEndian.PutUint64(frame[16:], h.dst)
	binary.BigEndian.PutUint64(frame[24:], h.seq)
	binary.BigEndian.PutUint32(frame[32:], h.epoch)
	binary.BigEndian.PutUint32(frame[36:], sum(frame))
}

func sum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:headerLen-4], castagnoli), castagnoli, frame[headerLen:])
}

// parseHeader reads and checks the header. With errVersion, speaks is good and nothing else.
func parseHeader(frame []byte, ours versions) (h header, err error) {
	if len(frame) < headerLen {
		return h, errShort
	}
	h.speaks = versions{frame[3] >> 4, frame[3] & 0xf}
	h.version = frame[0]
	if h.version < ours.lowest || h.version > ours.highest {
		return h, errVersion
	}
	if binary.BigEndian.Uint32(frame[36:]) != sum(frame) {
		return h, errSum
	}
	h.flags, h.lane = frame[1], frame[2]
	h.count = binary.BigEndian.Uint16(frame[4:])
	h.src = binary.BigEndian.Uint64(frame[8:])
	h.dst = binary.BigEndian.Uint64(frame[16:])
	h.seq = binary.BigEndian.Uint64(frame[24:])
	h.epoch = binary.BigEndian.Uint32(frame[32:])
	if h.flags&^flagsKnown != 0 || frame[6] != 0 || frame[7] != 0 {
		return h, errFlags
	}
	return h, nil
}
