// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// deaf is a bus that carries nothing.
type deaf struct{}

func (deaf) Start(Channels, Receiver) error      { return nil }
func (deaf) Publish(NodeID, uint8, []byte) error { return nil }
func (deaf) SlowConsumers() int64                { return 0 }
func (deaf) MaxFrame() int                       { return 1 << 20 }
func (deaf) Close()                              {}

// FuzzFrame gives a link whatever may come from a bus. What it delivers is what the frame says, entry by entry; nothing
// makes it panic or keep more than what came.
func FuzzFrame(f *testing.F) {
	self, from := Peer{"fuzznode2a", 1}, NodeID("fuzznode2b")
	data := &frame{b: make([]byte, headerLen)}
	data.add(7, []byte("<message/>"))
	data.add(1<<60, nil)
	(&header{version: 1, speaks: versions{1, 1}, count: 2, src: 2, dst: 1, seq: 1, epoch: 1}).put(data.b)
	f.Add(data.b, uint8(0), true)
	probe := make([]byte, headerLen)
	(&header{version: 1, flags: flagProbe, speaks: versions{1, 1}, src: 2, dst: 1, seq: 9, epoch: 1}).put(probe)
	f.Add(probe, uint8(0), true)
	control := make([]byte, headerLen)
	for k := ack; k <= hello; k++ {
		control = record{kind: k, lane: 3, window: 1 << 20, epoch: 1, seq: 9}.appendTo(control)
	}
	(&header{version: 1, flags: flagControl, speaks: versions{1, 1}, count: uint16(hello), src: 2, dst: 1}).put(control)
	f.Add(control, uint8(Control), true)
	f.Add([]byte{}, uint8(1), false)

	f.Fuzz(func(t *testing.T, b []byte, channel uint8, mend bool) {
		delivered := 0
		l, err := New(Options{
			Self: self, Bus: deaf{},
			Deliver: func(_ Peer, batch *Batch) {
				size := headerLen
				batch.Each(func(epoch uint64, stanza []byte) {
					size += len(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(stanza))), epoch)) + len(stanza)
					delivered++
				})
				// A number may be written longer than it needs to be; nothing else may be hidden between stanzas.
				if size > len(b) {
					t.Errorf("%d bytes delivered of %d", size, len(b))
				}
				if batch.Len() != delivered {
					t.Errorf("%d stanzas delivered of %d", delivered, batch.Len())
				}
				batch.Done()
			},
			Lost: func(Peer, *Unacked) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := l.remote(Peer{from, 2}); err != nil {
			t.Fatal(err)
		}
		if mend && len(b) >= headerLen { // else nothing gets past the checksum
			binary.BigEndian.PutUint32(b[36:], sum(b))
		}
		inbound{l}.Frame(from, channel, bytes.Clone(b))
		inbound{l}.Frame(from, channel, bytes.Clone(b))
		if n := int(l.n.framesReceived.Load()); n > 1 {
			t.Errorf("one frame was taken %d times", n)
		}
	})
}

func TestFrameRoundTrip(t *testing.T) {
	f := &frame{b: make([]byte, headerLen)}
	want := map[uint64]string{}
	for i := range uint64(300) {
		stanza := bytes.Repeat([]byte{byte(i)}, int(i*i)%5000)
		epoch := i << (i % 64)
		f.add(epoch, stanza)
		want[i] = string(stanza)
	}
	h := header{version: 1, flags: 0, lane: 3, speaks: versions{1, 4}, count: 300, src: 1 << 63, dst: 5, seq: 1 << 40, epoch: 1 << 31}
	h.put(f.b)
	got, err := parseHeader(f.b, versions{1, 1})
	if err != nil || got != h {
		t.Fatalf("%+v, %v", got, err)
	}
	n := uint64(0)
	if !each(f.b, 300, func(epoch uint64, stanza []byte) {
		if epoch != n<<(n%64) || string(stanza) != want[n] {
			t.Errorf("entry %d: epoch %d, %d bytes", n, epoch, len(stanza))
		}
		n++
	}) || n != 300 {
		t.Errorf("%d entries", n)
	}
	for _, count := range []int{299, 301} {
		if each(f.b, count, nil) {
			t.Errorf("%d entries fill the frame", count)
		}
	}
	for n := headerLen; n < len(f.b); n += 97 {
		if each(f.b[:n], 300, nil) {
			t.Errorf("the first %d bytes are 300 entries", n)
		}
	}
	for bit := range headerLen * 8 {
		broken := bytes.Clone(f.b)
		broken[bit/8] ^= 1 << (bit % 8)
		if _, err := parseHeader(broken, versions{1, 1}); err == nil {
			t.Errorf("bit %d turned: not noticed", bit)
		}
	}
}
