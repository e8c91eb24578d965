// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"sync"
	"sync/atomic"
)

// posts is a loop's mailbox.
type posts struct {
	mu     sync.Mutex
	list   []func()
	asleep atomic.Bool // the loop will not look again without a wake
}

// Post has f called on the loop's goroutine, after the batch in hand. It is safe
// from anywhere. After the engine has stopped f is dropped.
func (l *Loop) Post(f func()) {
	l.posts.mu.Lock()
	l.posts.list = append(l.posts.list, f)
	l.posts.mu.Unlock()
	if l.posts.asleep.Swap(false) {
		l.drv.Wake()
	}
}

// Call has f run on the loop and returns when it has. It returns false when the
// loop ended before. It must not be called on the loop itself.
func (l *Loop) Call(f func()) bool {
	done := make(chan struct{})
	l.Post(func() {
		f()
		close(done)
	})
	select {
	case <-done:
		return true
	case <-l.ended:
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// runPosts calls what has been posted so far.
func (l *Loop) runPosts() {
	p := &l.posts
	p.mu.Lock()
	list := p.list
	p.list = l.spare
	p.mu.Unlock()
	for i, f := range list {
		list[i] = nil
		l.unrun = len(list) - i - 1
		f()
	}
	l.spare = list[:0]
}

// rest declares the loop asleep, unless something was posted meanwhile.
func (p *posts) rest() (more bool) {
	p.asleep.Store(true)
	p.mu.Lock()
	more = len(p.list) > 0
	p.mu.Unlock()
	return more && p.asleep.Swap(false)
}
