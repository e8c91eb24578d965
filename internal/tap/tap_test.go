// SPDX-License-Identifier: Apache-2.0

package tap

import (
	"errors"
	"strings"
	"testing"
	"time"

	"weir/xmlscan"
)

// There are no more taps than there may be, and one that is closed makes room, once the
// loops have let go of it.
func TestPlaces(t *testing.T) {
	var p Places
	var open []*Tap
	shut := map[*Tap]bool{}
	for range openMax {
		one, err := p.Open("A.Example", func(t *Tap) { shut[t] = true })
		if err != nil || one.Name != "a.example" {
			t.Fatal(one, err)
		}
		open = append(open, one)
	}
	if _, err := p.Open("b.example", nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := p.Open("b..example", nil); err == nil || errors.Is(err, ErrTooMany) {
		t.Errorf("no domain: %v", err)
	}
	open[1].Close()
	if !shut[open[1]] || len(shut) != 1 {
		t.Errorf("shut: %v", shut)
	}
	if _, err := p.Open("b.example", nil); err != nil {
		t.Errorf("there is room: %v", err)
	}
}

// A loop writes so many lines a second and no more; what nobody reads is counted, and
// nothing waits for who does not read.
func TestLinesAreBounded(t *testing.T) {
	var p Places
	one, err := p.Open("a.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	on, now := one.OnLoop(0), int64(0)
	may := 0
	for range 2 * loopRate {
		if on.May(now) {
			may++
		}
	}
	if may > loopRate || may < loopRate-1 || one.Missed() != int64(2*loopRate-may) {
		t.Errorf("%d lines in no time, %d missed", may, one.Missed())
	}
	missed := one.Missed()
	if now += time.Second.Nanoseconds(); !on.May(now) {
		t.Error("a second later there is no time for a line")
	}
	for range queueLines + 3 {
		on.Tell(Line{Event: "stanza"})
	}
	if len(one.Lines()) != queueLines || one.Missed() != missed+3 {
		t.Errorf("%d lines wait, %d missed", len(one.Lines()), one.Missed())
	}
	if line := <-one.Lines(); line.At.IsZero() || line.Event != "stanza" {
		t.Errorf("%+v", line)
	}
}

// A line has nothing of what is said, and not more of an address or a word than fits.
func TestLineOf(t *testing.T) {
	long := strings.Repeat("n", 2*addressBytes)
	for _, r := range []struct {
		raw  string
		want Line
	}{
		{"<message from='a@a.example/r' to='b&#46;example' id='1' type='chat'><body>secret</body><x xmlns='u'/></message>",
			Line{Element: "message", Type: "chat", From: "a@a.example/r", To: "b.example", ID: "1", Child: "body"}},
		{"<iq type='secret' secret='secret'><q xmlns='urn:q' secret=''>secret</q></iq>", Line{Element: "iq", Type: "other", Child: "q", NS: "urn:q"}},
		{"<presence/>", Line{Element: "presence"}},
		{"<iq from='" + long + "' id='" + long + "'/>",
			Line{Element: "iq", From: long[:addressBytes] + "…", ID: long[:wordBytes] + "…"}},
	} {
		in := xmlscan.New(xmlscan.Config{})
		in.Feed([]byte("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>" + r.raw))
		for range 2 {
			if _, err := in.Next(); err != nil {
				t.Fatal(err)
			}
		}
		r.want.Bytes = len(r.raw)
		if got := LineOf(in.Stanza()); got != r.want {
			t.Errorf("%.100s:\n%+v\n%+v", r.raw, got, r.want)
		}
	}
}
