// SPDX-License-Identifier: Apache-2.0

package session

import (
	"regexp"
	"strconv"
	"strings"
)

// numbered is what the model's players hear of stanzas; the rest of what they
// hear must be no stanza.
var numbered = regexp.MustCompile(`(?s)<(message|iq) from='[^']*' to='[^']*' id='(\d+)'( type='\w+')?><(body|error).*?</(message|iq)>`)

// check compares what was heard with what was sent, and with the counters.
func (m *model) check() {
	for _, p := range m.all {
		m.readHeard(p)
	}
	delivered, answered := int64(0), int64(0)
	for i, q := range m.sent {
		delivered += int64(len(q.delivered))
		answered += int64(q.answered)
		if n := len(q.delivered) + q.answered; n > 1 {
			m.Errorf("stanza %d was delivered %d times and answered %d times", i, len(q.delivered), q.answered)
		}
		if q.answer && q.answered > 0 {
			m.Errorf("stanza %d, an answer, was answered", i)
		}
		if p := q.from; !p.left && !p.gone && !p.eof && !q.answer && len(q.delivered)+q.answered == 0 {
			m.Errorf("stanza %d of %s, who is still there, is lost: %.100s", i, p.name, q.text)
		}
	}
	m.checkOrder()
	m.b.balanceBooks()
	c, count := m.b.counts()
	if count != delivered {
		m.Errorf("%d stanzas count as delivered, %d were", count, delivered)
	}
	if lost := c.Answered - answered; lost < c.AnswersLost {
		m.Errorf("%d stanzas count as answered, %d answers came, but only %d count as lost", c.Answered, answered, c.AnswersLost)
	}
	for i, h := range m.b.loops {
		if n := h.loop.Count.Panics; n > 0 {
			m.Errorf("%d panics on loop %d: %s", n, i, m.b.log.String())
		}
	}
	m.Logf("%d components, %d sent, %d accepted, %d delivered, %d answered (%d lost), %d dropped, %d held", len(m.all), len(m.sent),
		c.Accepted, count, c.Answered, c.AnswersLost, c.Dropped, c.Held)
}

// readHeard notes what one player heard.
func (m *model) readHeard(p *player) {
	heard := p.heard.String()
	if heard != "" && !strings.HasPrefix(heard, "<handshake/>") && !strings.HasPrefix(heard, "<stream:error><conflict ") {
		m.Errorf("%s hears at first: %.200q", p.name, heard)
	}
	at := 0
	for _, x := range numbered.FindAllStringSubmatchIndex(heard, -1) {
		if between := heard[at:x[0]]; strings.Contains(between, "<message") || strings.Contains(between, "<iq") {
			m.Errorf("%s hears something else: %.200q", p.name, between)
		}
		at = x[1]
		text := heard[x[0]:x[1]]
		n, err := strconv.Atoi(heard[x[4]:x[5]])
		if err != nil || n >= len(m.sent) {
			m.Errorf("%s hears what nobody said: %.200q", p.name, text)
			continue
		}
		q := m.sent[n]
		switch {
		case heard[x[8]:x[9]] == "error":
			q.answered++
			if q.from.name != p.name {
				m.Errorf("%s hears an answer to %s: %.200q", p.name, q.from.name, text)
			}
		case text != q.text:
			m.Errorf("%s hears %.200q, but what was said was %.200q", p.name, text, q.text)
		default:
			q.delivered = append(q.delivered, p)
			if q.to != p.name {
				m.Errorf("%s hears what was for %s: %.200q", p.name, q.to, text)
			}
		}
	}
	rest := heard[at:]
	if !p.gone && !p.eof && (strings.Contains(rest, "<message") || strings.Contains(rest, "<iq")) {
		m.Errorf("%s, who is still there, has heard half a stanza: %.200q", p.name, rest)
	}
}

// checkOrder checks that what one component says to a name that is not shared
// arrives in order, from one owner of the name to the next. m.all is in the order
// in which they came.
func (m *model) checkOrder() {
	type pair struct {
		from *player
		to   string
	}
	last := map[pair]int{}
	for _, p := range m.all {
		if p.name[0] == 's' {
			continue
		}
		for _, x := range numbered.FindAllStringSubmatch(p.heard.String(), -1) {
			n, err := strconv.Atoi(x[2])
			if err != nil || x[4] == "error" {
				continue
			}
			k := pair{m.sent[n].from, p.name}
			if before, ok := last[k]; ok && before > n {
				m.Errorf("%s hears stanza %d of %s after %d", p.name, n, k.from.name, before)
			}
			last[k] = n
		}
	}
}
