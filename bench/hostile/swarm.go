// SPDX-License-Identifier: Apache-2.0

package hostile

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Swarm makes streams of all its kinds in turn.
type Swarm struct {
	Target
	Names []string // of components that streams log in as; no more are open at once
	Kinds []Kind
	Rate  float64 // streams a second

	mu     sync.Mutex
	tally  map[string]*Tally
	behind int
}

// Tally is what became of the streams of a kind.
type Tally struct {
	Kind     string          `json:"kind"`
	Streams  int             `json:"streams"`
	Outcomes map[Outcome]int `json:"outcomes"`
	// Conditions are those of the stream errors.
	Conditions map[string]int `json:"conditions,omitempty"`
}

// Run makes streams until the context ends, and returns when the last has ended.
func (s *Swarm) Run(ctx context.Context) {
	names := make(chan string, len(s.Names))
	for _, n := range s.Names {
		names <- n
	}
	var open sync.WaitGroup
	defer open.Wait()
	began := time.Now()
	for i := 0; ; i++ {
		due := began.Add(time.Duration(float64(i) / s.Rate * float64(time.Second)))
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(due)):
		}
		select {
		case name := <-names:
			open.Go(func() {
				k := s.Kinds[i%len(s.Kinds)]
				o, why := s.Target.Run(ctx, k, name)
				if ctx.Err() == nil { // else the end of the run was its end
					s.note(k, o, why)
				}
				names <- name
			})
		default:
			s.late() // all names are in streams that the server keeps
		}
	}
}

// late counts a stream that was due and not begun.
func (s *Swarm) late() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behind++
}

func (s *Swarm) note(k Kind, o Outcome, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tally == nil {
		s.tally = map[string]*Tally{}
	}
	t := s.tally[k.Name]
	if t == nil {
		t = &Tally{Kind: k.Name, Outcomes: map[Outcome]int{}, Conditions: map[string]int{}}
		s.tally[k.Name] = t
	}
	t.Streams++
	t.Outcomes[o]++
	if why != "" {
		t.Conditions[why]++
	}
}

// Sum gives what became of every kind, by its name, and how many streams were due
// and not begun because all names were taken.
func (s *Swarm) Sum() (kinds []Tally, behind int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.tally)) {
		kinds = append(kinds, *s.tally[name])
	}
	return kinds, s.behind
}

// String says how the streams of a kind ended.
func (t Tally) String() string {
	var parts []string
	for _, o := range slices.Sorted(maps.Keys(t.Outcomes)) {
		parts = append(parts, string(o))
	}
	for _, c := range slices.Sorted(maps.Keys(t.Conditions)) {
		parts = append(parts, c)
	}
	return strings.Join(parts, ", ")
}
