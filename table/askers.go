// SPDX-License-Identifier: Apache-2.0

package table

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	// askersMax bounds the questions of one name that wait for an answer: 48 bytes each, so at most 3 MiB for a name
	// whose peers never answer. 1,000 questions a second that each take a minute fit.
	askersMax = 1 << 16
	// askersTTL is longer than any time-out in use for an iq (XMPP servers: 5 to 60 s; clients: up to 60 s).
	askersTTL = 2 * time.Minute
	// expirePerCall bounds what one call pays for the past: more than one, so that the old goes faster than new comes.
	expirePerCall = 4
)

// Askers remembers which instance of a shared name sent an iq request, so that the answer goes to that instance and
// not where the hash of the answering peer points (RFC 6120 §8.2.3: an answer has the request's id, addresses
// swapped). It is bounded and timed. When it is full, new questions are not remembered and their answers fall back to
// the hash; questions that wait are never pushed out by newer ones. Safe for concurrent use; the clock is an argument,
// in nanoseconds, and callers whose clocks differ a little only make that little difference to a question's life.
//
// It does not survive an upgrade in place (the keys are hashes under this process's seed): then the hash decides.
type Askers struct {
	max int
	ttl int64 // ns

	mu    sync.Mutex
	seed  maphash.Seed
	index map[uint64]int32 // from key to place in asked
	asked []question       // asked[0] is the ring's anchor: next is the oldest question, prev the newest
	free  int32            // first of the unused places, linked by next; 0: none
}

// question is one request that waits. Places in the ring are in the order of time, as all live equally long.
type question struct {
	key, instance uint64
	at            int64
	prev, next    int32
}

// NewAskers makes an empty memory for at most limit questions, each kept for ttl. Zero: 65,536 and 2 minutes.
func NewAskers(limit int, ttl time.Duration) *Askers {
	if limit <= 0 {
		limit = askersMax
	}
	if ttl <= 0 {
		ttl = askersTTL
	}
	return &Askers{max: limit, ttl: int64(ttl), seed: maphash.MakeSeed(), asked: make([]question, 1), index: map[uint64]int32{}}
}

// Asked notes that the instance sent a request with this id from its address own to peer (both normalised). Of two
// instances that ask the same, the last is remembered. It says false when there is no room.
func (a *Askers) Asked(own, peer, id []byte, instance uint64, now int64) bool {
	key := a.key(own, peer, id)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expire(now)
	place, ok := a.index[key]
	switch {
	case ok:
		a.unlink(place)
	case len(a.index) >= a.max:
		return false
	case a.free != 0:
		place, a.free = a.free, a.asked[a.free].next
	default:
		place = int32(len(a.asked))
		a.asked = append(a.asked, question{})
	}
	a.index[key] = place
	newest := a.asked[0].prev
	a.asked[place] = question{key: key, instance: instance, at: now, prev: newest}
	a.asked[newest].next = place
	a.asked[0].prev = place
	return true
}

// Answered gives the instance that asked, for an answer with this id from peer to own, and forgets the question: a
// second answer finds none. The instance may have left since.
func (a *Askers) Answered(own, peer, id []byte, now int64) (instance uint64, ok bool) {
	key := a.key(own, peer, id)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expire(now)
	place, ok := a.index[key]
	if !ok {
		return 0, false
	}
	q := a.asked[place]
	a.forget(place)
	return q.instance, now-q.at < a.ttl
}

// Len counts the questions that are kept; some of them may have had their time.
func (a *Askers) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.index)
}

// expire forgets a few that are older than ttl; the oldest stand in front. So a full memory has room again once its
// oldest question has had its time, and no call pays for a whole memory that has.
func (a *Askers) expire(now int64) {
	for range expirePerCall {
		oldest := a.asked[0].next
		if oldest == 0 || now-a.asked[oldest].at < a.ttl {
			return
		}
		a.forget(oldest)
	}
}

func (a *Askers) forget(place int32) {
	delete(a.index, a.asked[place].key)
	a.unlink(place)
	a.asked[place].next = a.free
	a.free = place
}

func (a *Askers) unlink(place int32) {
	q := &a.asked[place]
	a.asked[q.prev].next = q.next
	a.asked[q.next].prev = q.prev
}

// key is a seeded 64-bit hash, which no peer can aim. Among 65,536 waiting questions two share a key with a chance of
// 1 in 8 billion, and then one answer goes to the wrong instance of the right component.
func (a *Askers) key(own, peer, id []byte) uint64 {
	addresses := weight(maphash.Bytes(a.seed, own), maphash.Bytes(a.seed, peer))
	return weight(addresses, maphash.Bytes(a.seed, id))
}
