// SPDX-License-Identifier: Apache-2.0

package engine

// write is Conn.write for a secured connection: a record at a time is made of
// what waits, and the next one only when the socket has taken all of it. So at
// most one record's units are encrypted and not delivered. It is called with the
// outbox locked and the token taken, and gives both back.
func (t *layer) write(l *Loop) {
	c, o := t.c, &t.c.out
	for round := 1; ; round++ {
		n := t.gather(l)
		bye := t.bye()
		l.unlock(o)
		err := t.seal(l, n, bye)
		took, size := 0, 0
		if err == nil {
			took, size, err = t.send(l)
		}
		l.lock(o)
		t.settle(l, took)
		if c.settle(l, outcome{err: err, short: took < size, empty: t.done(), last: round == tlsRounds}) {
			return
		}
	}
}

// gather notes what the next record is to hold and returns its length: 0 while
// an earlier one is not written, or there is nothing.
func (t *layer) gather(l *Loop) int {
	if !t.ready || t.due > 0 {
		return 0
	}
	s, o := l.scratch(), &t.c.out
	s.parts = s.parts[:0]
	n, off := 0, o.off
	for k := o.head; k != nil && n < recordBytes; k = k.next {
		b := k.b[off:]
		b = b[:min(len(b), recordBytes-n)]
		s.parts = append(s.parts, b)
		n, off = n+len(b), 0
	}
	return n
}

// bye says that everything is written but our goodbye, which keeps the peer from
// taking a cut connection for the end.
func (t *layer) bye() bool {
	o := &t.c.out
	return t.ready && o.ending && o.head == nil && !t.said
}

// done says that nothing waits, not even our goodbye.
func (t *layer) done() bool {
	return (t.c.out.head == nil || !t.ready) && t.wire.waiting() == 0 && !t.bye()
}

// seal makes a record of what was gathered, or the goodbye.
func (t *layer) seal(l *Loop, n int, bye bool) error {
	if n == 0 && !bye {
		return nil
	}
	s := l.scratch()
	t.wire.lend(s.cipher)
	if bye {
		t.said = true
		return t.tls.CloseWrite()
	}
	if err := t.encrypt(s.join()); err != nil {
		return err
	}
	t.due = n
	return nil
}

// encrypt queues one or more records and notes where they end.
func (t *layer) encrypt(b []byte) error {
	_, err := t.tls.Write(b)
	t.dueAt = t.wire.end()
	return err
}

// send writes what is queued, without waiting.
func (t *layer) send(l *Loop) (took, size int, err error) {
	b := t.wire.front()
	if len(b) == 0 {
		return 0, 0, nil
	}
	l.parts[0].Base = &b[0]
	l.parts[0].SetLen(len(b))
	took, err = send(t.c.fd, &l.msg, l.parts[:1])
	return took, len(b), err
}

// settle accounts for took bytes of ciphertext: units are delivered when the
// last record they are in is written. It is called with the outbox locked.
func (t *layer) settle(l *Loop, took int) {
	o := &t.c.out
	upTo := t.wire.wrote(took)
	if took == 0 {
		return
	}
	l.Count.BytesOut += int64(took)
	if o.progress != 0 {
		o.progress = l.now
	}
	if t.due > 0 && upTo >= t.dueAt {
		t.c.wrote(l, t.due)
		t.due = 0
	}
}

// join brings the parts together for one record.
func (s *tlsScratch) join() []byte {
	if len(s.parts) == 1 {
		return s.parts[0]
	}
	b := s.block[:0]
	for _, part := range s.parts {
		b = append(b, part...)
	}
	return b
}

// flushPosted is flush by the owner, for another loop that has put something in:
// only the owner encrypts.
func (c *Conn) flushPosted() {
	o := &c.out
	c.loop.lock(o)
	c.tls.asked = false
	c.loop.unlock(o)
	c.flush(c.loop)
}

// askOwner has the owner flush. It is called with the outbox locked.
func (t *layer) askOwner() {
	if !t.asked {
		t.asked = true
		t.c.loop.Post(t.call)
	}
}
