// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"iter"
)

// steps is a handshake as a runner computes it. crypto/tls cannot go on with a
// handshake that an error has interrupted, so it is a coroutine: when it needs
// bytes that have not come it gives the runner's thread back, and goes on in the
// same place when they have. It costs a stack meanwhile, and no runner.
type steps struct {
	t      *layer
	lane   Lane // a coroutine stays on the thread it was made on
	resume func() (struct{}, bool)
	stop   func()
	ended  bool
	err    error
	done   func() // called after each step
}

// step goes on until more is needed, or nothing is left to do.
func (s *steps) step() {
	if s.resume == nil {
		s.resume, s.stop = iter.Pull(s.negotiate)
	}
	s.guarded(func() {
		if _, more := s.resume(); !more {
			s.ended = true
		}
	})
	s.done()
}

// unwind ends it where it stands.
func (s *steps) unwind() {
	s.guarded(s.stop)
	s.ended = true
}

// negotiate is the coroutine.
func (s *steps) negotiate(yield func(struct{}) bool) {
	w := &s.t.wire
	w.yield = yield
	defer func() { w.yield = nil }()
	s.err = s.t.tls.Handshake()
}

// guarded runs f; a panic in it ends this one handshake.
func (s *steps) guarded(f func()) {
	defer func() {
		if v := recover(); v != nil {
			s.t.c.loop.eng.panicked(v)
			s.ended, s.err = true, fmt.Errorf("panic: %v", v)
		}
	}()
	f()
}
