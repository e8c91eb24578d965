// SPDX-License-Identifier: Apache-2.0

package engine

// lastWords is Conn.lastWords for a secured connection. What is encrypted cannot
// be taken back: a record left out would break those behind it. So the units
// begun are those of the record under way and of the one that was cut; they are
// finished, and final written behind them, if the socket takes all of it now.
//
// It is the one place where another loop than the owner's encrypts. It has the
// token; what the owner's reading has to say meanwhile goes through the same
// locks, in crypto/tls and in the wire.
func (t *layer) lastWords(l *Loop, final []byte) bool {
	o := &t.c.out
	o.mu.Lock()
	if o.state == closed {
		o.mu.Unlock()
		return false
	}
	rest, last := o.restOfUnit(t.due)
	if o.ending && last {
		final = nil // its own last words are out, or being finished
	}
	o.mu.Unlock()
	dueAt, err := t.dueAt, error(nil)
	if len(rest) > 0 {
		err = t.encrypt(rest)
	}
	if err == nil && len(final) > 0 {
		_, err = t.tls.Write(final)
	}
	took, size := 0, 0
	if err == nil {
		took, size, err = t.send(l)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	upTo := t.wire.wrote(took)
	l.Count.BytesOut += int64(took)
	if t.due > 0 && upTo >= dueAt {
		t.c.wrote(l, t.due)
		t.due = 0
	}
	if len(rest) > 0 && t.due == 0 && upTo >= t.dueAt {
		t.c.wrote(l, len(rest))
	}
	t.due = 0 // what is left goes elsewhere
	return err == nil && took == size
}

// restOfUnit is what is missing of the unit that the first due unwritten bytes
// end in, and whether nothing waits behind it.
func (o *outbox) restOfUnit(due int) (rest []byte, last bool) {
	at := due + int(o.off)
	for k := o.head; k != nil; k = k.next {
		if at > len(k.b) {
			at -= len(k.b)
			continue
		}
		start := uint32(0)
		for i, u := range k.u {
			if int(u.end) >= at {
				last = k.next == nil && i == len(k.u)-1
				if int(start) == at {
					return nil, false // between two: the next one is not begun
				}
				return k.b[at:u.end], last
			}
			start = u.end
		}
	}
	return nil, true
}
