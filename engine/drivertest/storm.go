// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"weir/engine/driver"
)

const (
	stormSockets = 24  // at a time
	stormTotal   = 400 // in all
	stormBytes   = 8000
)

// storm does at random what can be done to a slot, with descriptors and slots
// given out anew all the time. Whatever is done, a socket brings a prefix of
// what its own peer has sent, and all of it if it is let.
func storm(t *testing.T, open Open) {
	r := newRig(t, open)
	rng := rand.New(rand.NewPCG(1, 2))
	live, done := 0, 0
	r.do(func() {
		r.atEnd = func() { // nobody is held for good
			for _, s := range r.socks {
				if s.held && s.ends+s.fails == 0 && !s.leaving && rng.IntN(3) == 0 {
					s.recv(0)
				}
			}
			r.d.Timer(after(time.Millisecond))
		}
	})
	for i := range stormTotal {
		s := stormSock(r, rng, i)
		s.onReleased = func() { live--; done++ }
		r.until("some socket has been through", func() bool { return live < stormSockets })
		r.do(func() {
			live++
			s.enter()
			s.recv(0)
		})
	}
	r.until("every socket has been through", func() bool { return done == stormTotal })
	r.do(func() { r.atEnd = nil; r.d.Timer(0) })
	r.calm()
}

// stormSock makes a socket whose peer sends its pattern and ends or breaks it,
// or is broken off by us.
func stormSock(r *rig, rng *rand.Rand, seed int) *sock {
	fd, peer := r.pair()
	s := &sock{r: r, fd: fd, peer: peer, held: true}
	want := pattern(stormBytes, seed)
	breaks, cut := seed%5 == 1, -1
	if seed%3 == 0 {
		cut = seed * 37 % stormBytes
	}
	go func() {
		for b := want; len(b) > 0; {
			n, err := peer.Write(b[:min(len(b), 1+seed*13%900)])
			if err != nil {
				return
			}
			b = b[n:]
		}
		if breaks {
			_ = peer.SetLinger(0)
		}
		peer.Close()
	}()
	s.onData = func(b []byte, st driver.Status) {
		switch {
		case !bytes.HasPrefix(want[len(s.got)-len(b):], b):
			r.t.Errorf("socket %d brings bytes that its peer has not sent", seed)
			s.release()
		case st == driver.End && len(s.got) != len(want):
			r.t.Errorf("socket %d ends after %d of %d bytes", seed, len(s.got), len(want))
			s.release()
		case st != driver.Open, cut >= 0 && len(s.got) > cut:
			s.release()
		default:
			stormStep(s, rng)
		}
	}
	return s
}

func stormStep(s *sock, rng *rand.Rand) {
	switch rng.IntN(8) {
	case 0:
		s.hold()
	case 1:
		s.hold()
		s.recv(0)
	case 2:
		s.recv(1 + rng.IntN(500))
	case 3:
		s.r.d.Writable(s.slot)
	case 4:
		s.r.d.Wake()
	default:
		if s.held {
			s.recv(0)
		}
	}
}
