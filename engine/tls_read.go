// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"io"
)

// receive decrypts what came, and what had come before its record was whole,
// and hands it on. b is the driver's.
func (t *layer) receive(b []byte) {
	if t.ended {
		return
	}
	c, s := t.c, t.c.loop.scratch()
	t.wire.in = b
	t.lend(s)
	err := t.hand(s.plain)
	t.takeBack(s)
	t.wire.in = nil
	if c.phase != open {
		return
	}
	if err != nil {
		t.broke(err)
		return
	}
	t.answer()
}

// hand gives the handler everything that can be decrypted now. What it gets may
// come for a connection that it has just held, as from the driver.
func (t *layer) hand(buf []byte) error {
	for n := 0; ; {
		m, err := t.tls.Read(buf[n:])
		n += m
		if n > 0 && (err != nil || n == len(buf)) {
			t.c.h.Data(buf[:n])
			if n = 0; t.c.phase != open {
				return nil
			}
		}
		switch {
		case err == errWouldBlock:
			return nil
		case err != nil:
			return err
		}
	}
}

// broke: nothing more can be read. The peer has said so, which is the end of its
// side, or it has broken the protocol.
func (t *layer) broke(err error) {
	t.ended = true
	failed := !errors.Is(err, io.EOF)
	if failed {
		t.answer() // what crypto/tls tells the peer about it
		t.c.flush(t.c.loop)
	}
	t.c.end(failed)
}

// answer sends what crypto/tls has to say of itself: the answer to a key
// update, or an alert. A peer that makes us answer and does not read is not
// kept.
func (t *layer) answer() {
	n := t.wire.waiting()
	switch {
	case n > controlMax+t.owing():
		t.c.loop.Count.Stalled++
		t.c.Abort(CauseStalled)
	case n > 0:
		t.flushLater()
	}
}

// owing is how much of the queue may be a record of data that the socket did not
// take.
func (t *layer) owing() int {
	if t.due > 0 {
		return cipherBytes
	}
	return 0
}

// flushLater puts the outbox on the owner's list, if nobody is about to write it.
func (t *layer) flushLater() {
	l, o := t.c.loop, &t.c.out
	l.lock(o)
	first := o.wake()
	l.unlock(o)
	if first {
		l.dirty = append(l.dirty, t.c)
	}
}
