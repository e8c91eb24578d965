// SPDX-License-Identifier: Apache-2.0

package session

import (
	"testing"

	"weir/engine"
	"weir/internal/cluster/envelope"
)

// FuzzArrival: whatever bytes another node sends as a message, the component gets the
// stanza in it as it came, or nothing, and the message is settled once.
func FuzzArrival(f *testing.F) {
	good := "<message from='x@away.example' to='b.example' id='1'/>"
	for _, raw := range append(hostile, good) {
		for _, kind := range []byte{envelope.ToComponent, envelope.Answer} {
			f.Add(append(envelope.Envelope{Kind: kind, ID: 1, Epoch: nameEpoch}.Append(nil), raw...))
		}
	}
	b := newBed(f, usual())
	o := clustered(b)
	to := b.join(0, "b.example").joined()
	src := uint32(engine.Foreign)
	f.Fuzz(func(t *testing.T, message []byte) {
		e, raw, ok := envelope.Open(message)
		if ok {
			e.Dest = to.s.inst.ID
			message = append(e.Append(nil), raw...)
		}
		src++
		o.sent = nil
		b.locals[0].Arrive(Arrival{From: there, Epoch: nameEpoch, Bytes: message, Src: src})
		b.turn(0)
		if got := to.hears(); got != "" && got != string(raw) {
			t.Errorf("%q: the component hears %q", message, got)
		}
		if o.settled[src] != 1 {
			t.Errorf("%q is settled %d times", message, o.settled[src])
		}
		delete(o.settled, src)
	})
}
