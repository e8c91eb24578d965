// SPDX-License-Identifier: Apache-2.0

package session

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/flow"
	"weir/table"
)

var stormSteps = flag.Int("storm.steps", 300, "how many things happen on each loop of TestStorm")

// TestStorm is the model's life on loops that run at the same time, for the race
// detector and for what only happens then: a sender meets a receiver that is
// being handed over, closed, or blocked by somebody else.
func TestStorm(t *testing.T) {
	c := usual()
	c.loops = 3
	c.marks = flow.Marks{Low: 4 << 10, High: 16 << 10, Hard: 64 << 10, Share: 2 << 10, Lease: 2 * time.Millisecond, Budget: 256 << 20}
	c.answers = AnswerLimits{Reserve: 4 << 10, Rate: 1 << 30, BytesRate: 1 << 40}
	b := newBed(t, c)
	held := engine.OutboxBytes()
	var doors []*Listener
	for _, policy := range []table.Policy{table.Disconnect, table.KickOld, table.Balance} {
		doors = append(doors, b.anotherListener(func(s *Settings) { s.Conflict = policy }))
	}
	var loops []*stormLoop
	var run sync.WaitGroup
	for i, h := range b.loops {
		s := &stormLoop{Rand: rand.New(rand.NewPCG(uint64(i), 7)), b: b, h: h, id: i, doors: doors, parcels: map[int]spoken{}}
		loops = append(loops, s)
		run.Go(func() {
			for range *stormSteps {
				s.step()
			}
		})
	}
	run.Wait()
	for range 100 {
		b.turn(time.Millisecond)
		for _, s := range loops {
			for _, p := range s.all {
				s.listen(p)
			}
		}
	}
	checkStorm(t, loops)
	for _, s := range loops {
		for _, p := range s.all {
			p.vanish()
			p.ends(driver.Failed)
		}
	}
	b.turn(0)
	b.balanceBooks()
	for _, h := range b.loops {
		if n := h.loop.Count.Panics; n > 0 {
			t.Errorf("%d panics: %s", n, b.log.String())
		}
	}
	if n, now := b.hub.Table.Len(), engine.OutboxBytes(); n != 0 || now != held {
		t.Errorf("in the end there are %d names and %d bytes in outboxes", n, now-held)
	}
	counts, delivered := b.counts()
	t.Logf("%d accepted, %d delivered, %d answered, %d kicked, %d held", counts.Accepted, delivered, counts.Answered, counts.Kicked, counts.Held)
}

// stormLoop is what one goroutine does with one loop.
type stormLoop struct {
	*rand.Rand
	b       *bed
	h       *hand
	id      int
	doors   []*Listener
	all     []*stormPeer
	alive   []*stormPeer
	parcels map[int]spoken // by number
}

type spoken struct {
	text string
	by   *stormPeer
}

type stormPeer struct {
	*peer
	heard strings.Builder
	buf   [4 << 10]byte
}

func (s *stormLoop) step() {
	if len(s.alive) < 2 || s.IntN(30) == 0 && len(s.alive) < 5 {
		s.join()
	}
	at := s.IntN(len(s.alive))
	p := s.alive[at]
	switch s.IntN(60) {
	case 0:
		s.say(p, "</stream:stream>")
		s.forget(at)
	case 1:
		p.vanish()
		s.h.loop.Data(p.slot, nil, driver.Failed)
		s.forget(at)
	case 2:
		p.vanish() // the loop hears of it when it writes, or never
		s.forget(at)
	default:
		s.talk(p)
	}
	for _, p := range s.alive {
		if s.IntN(3) == 0 {
			s.listen(p)
		}
	}
	if s.IntN(3) > 0 {
		s.h.turn()
	}
}

func (s *stormLoop) forget(at int) { s.alive = append(s.alive[:at:at], s.alive[at+1:]...) }

func (s *stormLoop) join() {
	name := names[s.IntN(len(names))]
	door := s.doors[s.IntN(2)]
	if name[0] == 's' {
		door = s.doors[2]
	}
	p := &stormPeer{peer: s.b.open(s.h, door)}
	p.name = name
	p.narrow()
	s.say(p, headerTo(name, ""))
	s.h.turn()
	s.listen(p)
	head := p.heard.String()
	p.heard.Reset()
	s.say(p, proof(head))
	s.all, s.alive = append(s.all, p), append(s.alive, p)
}

func (s *stormLoop) say(p *stormPeer, text string) {
	s.h.loop.Data(p.slot, []byte(text), driver.Open)
}

// talk says a few numbered stanzas, if the stream is read.
func (s *stormLoop) talk(p *stormPeer) {
	if p.held() {
		return
	}
	var text strings.Builder
	to := names[s.IntN(len(names))]
	for range 1 + s.IntN(20) {
		if s.IntN(8) == 0 {
			to = names[s.IntN(len(names))]
		}
		id := s.id*10_000_000 + len(s.parcels)
		size := []int{10, 10, 100, 700}[s.IntN(4)]
		m := fmt.Sprintf("<message from='u%d@%s' to='%s' id='%d'><body>%s</body></message>", s.IntN(5), p.name, to, id, strings.Repeat("x", size))
		s.parcels[id] = spoken{m, p}
		text.WriteString(m)
	}
	s.say(p, text.String())
}

func (s *stormLoop) listen(p *stormPeer) {
	for !p.shut {
		n, err := unix.Read(p.fd, p.buf[:])
		if n <= 0 || err != nil {
			return
		}
		p.heard.Write(p.buf[:n])
	}
}

// checkStorm checks that everything heard was said, once, and in order on each
// connection for names that are not shared.
func checkStorm(t *testing.T, loops []*stormLoop) {
	parcels, times := map[int]spoken{}, map[int]int{}
	for _, s := range loops {
		maps.Copy(parcels, s.parcels)
	}
	for _, s := range loops {
		for _, p := range s.all {
			last := map[*stormPeer]int{} // by who said it
			heard := p.heard.String()
			for _, x := range numbered.FindAllStringSubmatch(heard, -1) {
				id, err := strconv.Atoi(x[2])
				if err != nil {
					t.Fatal(err)
				}
				times[id]++
				if x[4] == "error" {
					continue
				}
				said := parcels[id]
				if x[0] != said.text {
					t.Errorf("%s hears %q, said was %q", p.name, x[0], said.text)
				}
				if p.name[0] != 's' && last[said.by] > id {
					t.Errorf("%s hears %d after %d", p.name, id, last[said.by])
				}
				last[said.by] = id
			}
		}
	}
	for id, n := range times {
		if n > 1 {
			t.Errorf("stanza %d was heard of %d times", id, n)
		}
	}
}
