// SPDX-License-Identifier: Apache-2.0

package memstore

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/internal/cluster/registry"
)

// Server is the store itself.
type Server struct {
	mu         sync.Mutex
	generation uint64
	rev        uint64
	keys       map[string]*item
	watches    map[*watch]bool
	leaderless time.Time // until when nothing can be written
}

type item struct {
	registry.Entry
	expires *time.Timer
}

// NewServer makes an empty store.
func NewServer() *Server {
	return &Server{generation: 1, keys: map[string]*item{}, watches: map[*watch]bool{}}
}

func (s *Server) get(key string) registry.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if it := s.keys[key]; it != nil {
		return it.Entry
	}
	return registry.Entry{Key: key, Gone: true}
}

func (s *Server) put(key string, value []byte, expect uint64, ttl time.Duration) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.leaderless) {
		return 0, registry.ErrUnknown
	}
	it := s.keys[key]
	if it == nil {
		it = &item{Entry: registry.Entry{Key: key, Gone: true}}
	}
	if it.Rev != expect {
		return 0, registry.ErrRevision
	}
	s.keys[key] = it
	s.write(it, bytes.Clone(value), value == nil)
	if ttl > 0 {
		rev := it.Rev
		it.expires = time.AfterFunc(ttl, func() { s.expire(key, rev) })
	}
	return it.Rev, nil
}

func (s *Server) expire(key string, rev uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if it := s.keys[key]; it != nil && it.Rev == rev {
		s.write(it, nil, true)
	}
}

// write gives a key its next revision and tells those who watch. The server is
// locked.
func (s *Server) write(it *item, value []byte, gone bool) {
	if it.expires != nil {
		it.expires.Stop()
		it.expires = nil
	}
	s.rev++
	it.Value, it.Gone, it.Rev = value, gone, s.rev
	for w := range s.watches {
		w.put(registry.Event{Entry: it.Entry})
	}
}

func (s *Server) watch() *watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &watch{more: make(chan struct{}, 1)}
	for _, key := range slices.Sorted(maps.Keys(s.keys)) {
		if it := s.keys[key]; !it.Gone {
			w.put(registry.Event{Entry: it.Entry})
		}
	}
	w.put(registry.Event{Synced: true})
	s.watches[w] = true
	return w
}

func (s *Server) unwatch(w *watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watches, w)
}

// Forget has the server lose all it has, as when all of a real one's processes
// have ended.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range s.keys {
		if it.expires != nil {
			it.expires.Stop()
		}
	}
	s.generation++
	s.rev = 0
	s.keys = map[string]*item{}
	for w := range s.watches {
		w.end()
	}
	s.watches = map[*watch]bool{}
}

// Leaderless has every write fail for a while, as when the leader has died.
func (s *Server) Leaderless(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaderless = time.Now().Add(d)
}

// Keys counts those that begin with a prefix and are not gone.
func (s *Server) Keys(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, it := range s.keys {
		if strings.HasPrefix(key, prefix) && !it.Gone {
			n++
		}
	}
	return n
}

// watch is what one who watches has not been told yet.
type watch struct {
	mu    sync.Mutex
	queue []registry.Event
	ended bool
	more  chan struct{}
}

func (w *watch) put(e registry.Event) {
	w.mu.Lock()
	w.queue = append(w.queue, e)
	w.mu.Unlock()
	w.wake()
}

func (w *watch) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.wake()
}

func (w *watch) wake() {
	select {
	case w.more <- struct{}{}:
	default:
	}
}

func (w *watch) take() (all []registry.Event, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all, w.queue = w.queue, nil
	return all, w.ended
}
