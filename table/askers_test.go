// SPDX-License-Identifier: Apache-2.0

package table

import (
	"fmt"
	"testing"
	"time"
)

const second = int64(time.Second)

// asking is a shared name's memory with the words of the tests.
type asking struct {
	t *testing.T
	*Askers
}

func (a asking) ask(own, peer, id string, instance uint64, now int64) bool {
	return a.Asked([]byte(own), []byte(peer), []byte(id), instance, now)
}

// want says which instance gets the answer; 0: the hash decides.
func (a asking) want(own, peer, id string, now int64, instance uint64) {
	a.t.Helper()
	got, ok := a.Answered([]byte(own), []byte(peer), []byte(id), now)
	if got *= map[bool]uint64{true: 1}[ok]; got != instance {
		a.t.Errorf("answer %s of %s to %s goes to %d, want %d", id, peer, own, got, instance)
	}
}

func TestAnswerGoesToTheOneThatAsked(t *testing.T) {
	a := asking{t, NewAskers(0, 0)}
	a.ask("bot.x", "u@y", "1", 7, 0)
	a.ask("bot.x", "u@y", "2", 8, 0)
	a.want("bot.x", "u@y", "2", second, 8)
	a.want("bot.x", "u@y", "1", second, 7)
	a.want("bot.x", "u@y", "1", second, 0) // a second answer is nobody's
}

func TestAnswerOfAnotherIsNotTaken(t *testing.T) {
	a := asking{t, NewAskers(0, 0)}
	a.ask("ab", "cd", "ef", 7, 0)
	for _, other := range [][3]string{
		{"xx", "cd", "ef"}, {"ab", "xx", "ef"}, {"ab", "cd", "xx"}, {"cd", "ab", "ef"}, {"ef", "cd", "ab"},
		{"abc", "d", "ef"}, {"a", "bcd", "ef"}, {"ab", "cde", "f"}, {"ab", "cd", ""}, {"", "", ""},
	} {
		a.want(other[0], other[1], other[2], 1, 0)
	}
	a.want("ab", "cd", "ef", 1, 7)
}

func TestLastAskerWins(t *testing.T) {
	a := asking{t, NewAskers(2, time.Minute)}
	a.ask("x", "y", "1", 7, 0)
	a.ask("x", "y", "1", 8, 30*second)
	if a.Len() != 1 {
		t.Errorf("%d kept", a.Len())
	}
	a.want("x", "y", "1", 89*second, 8) // its minute counts from the last question
}

func TestAskersForgetInTime(t *testing.T) {
	a := asking{t, NewAskers(0, time.Minute)}
	a.ask("x", "y", "1", 7, 0)
	a.ask("x", "y", "2", 7, 0)
	a.want("x", "y", "1", 60*second-1, 7)
	a.want("x", "y", "2", 60*second, 0)
	if a.Len() != 0 {
		t.Errorf("%d kept", a.Len())
	}
}

func TestFullAskersFallBackToTheHash(t *testing.T) {
	const room = 100
	a := asking{t, NewAskers(room, time.Minute)}
	for i := range room {
		if !a.ask("x", "y", fmt.Sprint(i), uint64(i+1), int64(i)) {
			t.Fatalf("question %d of %d refused", i, room)
		}
	}
	if a.ask("x", "y", "more", 999, room) {
		t.Error("room for one more than the limit")
	}
	if !a.ask("x", "y", "0", 555, room) {
		t.Error("a question that is there already needs no room")
	}
	a.want("x", "y", "more", room, 0)
	a.want("x", "y", "7", room, 8) // those that wait are not pushed out
	if !a.ask("x", "y", "more", 999, room) {
		t.Error("an answer makes room")
	}
	if a.ask("x", "y", "still more", 999, room) {
		t.Error("an answer makes room for one")
	}
	if !a.ask("x", "y", "later", 999, 60*second+1) {
		t.Error("time makes room")
	}
}

// One call must not pay for all that grew old in a pause; what is old is not answered all the same.
func TestOldQuestionsAreForgottenAFewAtATime(t *testing.T) {
	a := asking{t, NewAskers(1000, time.Minute)}
	for i := range 1000 {
		a.ask("x", "y", fmt.Sprint(i), 1, 0)
	}
	a.want("x", "y", "nobody asked this", 60*second, 0)
	if got := a.Len(); got != 1000-expirePerCall {
		t.Errorf("one call left %d", got)
	}
	a.want("x", "y", "999", 60*second, 0)
	for i := range 1000 {
		a.ask("x", "y", fmt.Sprint("new", i), 2, 61*second)
	}
	if got := a.Len(); got != 1000 {
		t.Errorf("%d kept, want the 1000 new ones", got)
	}
}

// Places are used again: however many come and go, memory is that of the most that waited at once.
func TestAskersReuseTheirPlaces(t *testing.T) {
	a := asking{t, NewAskers(0, 0)}
	for i := range 10000 {
		id := fmt.Sprint(i)
		a.ask("x", "y", id, uint64(i)+1, int64(i))
		a.want("x", "y", id, int64(i), uint64(i)+1)
	}
	if len(a.asked) != 2 {
		t.Errorf("%d places for one question at a time", len(a.asked)-1)
	}
}

// The plain model: a map and a list, tried with a fixed walk over few keys, so that each case is met often.
func TestAskersAgreeWithTheModel(t *testing.T) {
	type noted struct {
		instance uint64
		at       int64
	}
	const room, ttl = 8, 50
	a := asking{t, NewAskers(room, ttl)}
	model := map[string]noted{}
	x, now := uint64(1), int64(0)
	for step := range 20000 {
		x = weight(x, 1)
		id := fmt.Sprint(x % 13)
		now += int64(x >> 8 % 9)
		for k, q := range model {
			if now-q.at >= ttl {
				delete(model, k)
			}
		}
		if x>>16%3 == 0 {
			a.want("x", "y", id, now, model[id].instance)
			delete(model, id)
			continue
		}
		_, known := model[id]
		room := known || len(model) < room
		if got := a.ask("x", "y", id, uint64(step)+1, now); got != room {
			t.Fatalf("step %d: asked %v, want %v", step, got, room)
		} else if got {
			model[id] = noted{uint64(step) + 1, now}
		}
	}
}
