// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"cmp"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	watchEvery = time.Second
	// rowsMax is how many components the page is sent, and linksMax how many links:
	// who has more looks for a name with weir components. The status counts all.
	rowsMax  = 100
	linksMax = 25
)

// watch sends the page's events: while somebody looks, one sample a second is
// taken for all who do. A watcher who does not keep up misses some.
type watch struct {
	server *Server
	ended  chan struct{}

	mu      sync.Mutex
	over    bool // ended is closed
	running bool // somebody samples
	subs    map[chan []byte]bool
}

// glance is one event: everything the page shows.
type glance struct {
	Status     Status      `json:"status"`
	Components []Component `json:"components"` // those with most traffic and queue, rowsMax at most
	Links      []Link      `json:"links"`      // those that are not up first, linksMax at most
}

func (w *watch) init(s *Server) {
	w.server, w.ended, w.subs = s, make(chan struct{}), map[chan []byte]bool{}
}

// stop ends all streams of events.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.over = true
		close(w.ended)
	}
}

// join adds a watcher; the first one sets the sampling going. It is nil when
// there are too many.
func (w *watch) join() chan []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || len(w.subs) >= watchersMax {
		return nil
	}
	ch := make(chan []byte, 1)
	w.subs[ch] = true
	if !w.running {
		w.running = true
		w.server.serving.Go(w.run)
	}
	return ch
}

func (w *watch) leave(ch chan []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.subs, ch)
}

// run samples until nobody looks any more.
func (w *watch) run() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		w.look()
		select {
		case <-w.ended:
			return
		case <-tick.C:
		}
		if w.deserted() {
			return
		}
	}
}

// deserted says that nobody looks; who joins next starts anew.
func (w *watch) deserted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = len(w.subs) > 0
	return !w.running
}

// look takes a sample and sends it to all watchers. When too much waits away
// from the loops already, the page misses a second.
func (w *watch) look() {
	done := make(chan struct{})
	err := w.server.cfg.Weir.Offload(func() {
		defer close(done)
		w.send(marshal(w.glance()))
	})
	if err == nil {
		<-done
	}
}

func (w *watch) glance() glance {
	s := w.server.read(false)
	g := glance{Status: statusOf(s, w.server.cfg.Commit), Components: componentsOf(s), Links: linksOf(s)}
	slices.SortStableFunc(g.Components, func(a, b Component) int {
		return cmp.Or(cmp.Compare(b.Queued, a.Queued), cmp.Compare(b.BytesIn+b.BytesOut, a.BytesIn+a.BytesOut))
	})
	g.Components = g.Components[:min(len(g.Components), rowsMax)]
	slices.SortStableFunc(g.Links, func(a, b Link) int { return cmp.Compare(rank(&a), rank(&b)) })
	g.Links = g.Links[:min(len(g.Links), linksMax)]
	return g
}

// rank puts links that ask for somebody's attention before others. That another
// node holds a link is as it should be.
func rank(l *Link) int {
	switch {
	case l.HeldBy != "":
		return 3
	case l.State == linkUp:
		return 2
	case l.Refused == "": // what one server has said to all is seen in a row of its own
		return 1
	}
	return 0
}

func (w *watch) send(event []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.subs {
		select {
		case ch <- event:
		default:
		}
	}
}

// serve is one watcher.
func (w *watch) serve(rw http.ResponseWriter, r *http.Request) {
	ch := w.join()
	if ch == nil {
		writeJSON(rw, http.StatusServiceUnavailable, failure{"too many are watching"})
		return
	}
	defer w.leave(ch)
	out := http.NewResponseController(rw)
	_ = out.SetReadDeadline(time.Time{}) // it is read to see its end, however late that comes
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-store")
	if out.Flush() != nil { // the first event may be a second away
		return
	}
	for {
		select {
		case <-w.ended:
			return
		case <-r.Context().Done():
			return
		case event := <-ch:
			_ = out.SetWriteDeadline(time.Now().Add(answerTimeout)) // as in write
			_, err := rw.Write(slices.Concat([]byte("data: "), event, []byte("\n")))
			if err != nil || out.Flush() != nil {
				return
			}
		}
	}
}
