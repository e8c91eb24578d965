// SPDX-License-Identifier: Apache-2.0

package link

import "sync"

// sourceLane is one lane of a peer that we receive from.
type sourceLane struct {
	lane uint8
	mu   sync.Mutex
}

func (s *sourceLane) finish(b *Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.done = true
}
