// SPDX-License-Identifier: Apache-2.0

package traffic

import "bytes"

// Inbox judges what one connection receives. Owned by the goroutine that drives
// the connection.
type Inbox struct {
	Conn    int     // the connection's number, as in Flow.Target
	Flows   []*Flow // all flows that may arrive anywhere, by ID; shared, not changed
	Verdict *Verdict
	// Delivered is called for every stanza of a flow that arrived here, first time
	// or not. It must not keep the flow busy: it stands in the hot path.
	Delivered func(f *Flow, n uint64)
	// Answered is called for every stanza that came back as an error; may be nil.
	Answered func(f *Flow, n uint64)

	guess *Flow  // whose stanza is expected next
	last  *Flow  // whose came last
	want  []byte // scratch: the stanza expected
}

// Take judges the whole stanzas at the start of b and says how many bytes they
// are. The rest is the beginning of a stanza and must be given again with what
// follows it. An error ends the stream: a *StreamEnd, or what came is not XML.
func (in *Inbox) Take(b []byte) (used int, err error) {
	for used < len(b) {
		n, err := in.takeOne(b[used:])
		if n == 0 || err != nil {
			return used, err
		}
		used += n
	}
	return used, nil
}

// takeOne tries the stanza that is expected, then any that is known, then
// parses. It gives 0 if b holds no whole stanza.
func (in *Inbox) takeOne(b []byte) (int, error) {
	if b[0] != '<' { // white space between stanzas keeps connections alive
		if blanks := len(b) - len(trimSpace(b)); blanks > 0 {
			return blanks, nil
		}
	}
	if f := in.guess; f != nil {
		n := f.seq.next
		in.want = f.write(in.want[:0], f.forms, n)
		if len(b) < len(in.want) {
			if bytes.Equal(b, in.want[:len(b)]) {
				return 0, nil
			}
		} else if bytes.Equal(b[:len(in.want)], in.want) {
			if shape := f.script.shapeOf(n); f.forms[shape] != f.own[shape] {
				in.Verdict.Rewritten++
			}
			in.accept(f, n, len(in.want))
			return len(in.want), nil
		}
	}
	if n, more := in.takeKnown(b); n > 0 || more {
		return n, nil
	}
	return in.judge(b)
}

// takeKnown finds the token in b and compares with every known form of that
// stanza. more is true if b is the beginning of one.
func (in *Inbox) takeKnown(b []byte) (used int, more bool) {
	f, n, at := in.find(b)
	if f == nil || f.Target != in.Conn {
		return 0, false
	}
	shape := f.script.shapeOf(n)
	if used, more = in.compare(f, f.forms[shape], n, at, b); used > 0 || more {
		return used, more
	}
	if f.others == nil {
		return 0, false
	}
	for i, other := range f.others[shape] {
		if used, more = in.compare(f, other, n, at, b); used > 0 {
			f.forms[shape], f.others[shape][i] = other, f.forms[shape]
		}
		if used > 0 || more {
			return used, more
		}
	}
	return 0, false
}

func (in *Inbox) compare(f *Flow, way *form, n uint64, at int, b []byte) (used int, more bool) {
	if way.tokens[0] != at {
		return 0, false
	}
	var tok token
	tok.set(f.script.seed, f.ID, n)
	in.want = way.appendTo(in.want[:0], &tok, f.script.noiseOf(f.ID, n))
	if len(b) < len(in.want) {
		return 0, bytes.Equal(b, in.want[:len(b)])
	}
	if !bytes.Equal(b[:len(in.want)], in.want) {
		return 0, false
	}
	if way != f.own[f.script.shapeOf(n)] {
		in.Verdict.Rewritten++
	}
	in.accept(f, n, len(in.want))
	return len(in.want), false
}

// find gives the flow and number of the first token in b, nil if there is none.
func (in *Inbox) find(b []byte) (f *Flow, n uint64, at int) {
	if len(in.Flows) == 0 {
		return nil, 0, 0
	}
	at, id, n := findToken(in.Flows[0].script.seed, b)
	if at < 0 || int(id) >= len(in.Flows) {
		return nil, 0, 0
	}
	return in.Flows[id], n, at
}

// accept counts stanza n of f, which arrived in size bytes.
func (in *Inbox) accept(f *Flow, n uint64, size int) {
	if in.last != f {
		if in.last != nil {
			in.last.follow = f
		}
		in.last = f
	}
	in.guess = f.follow
	if in.guess == nil {
		in.guess = f
	}
	if !f.seq.deliver(n) {
		in.Verdict.Altered++
		in.Verdict.note("a stanza of %s to %s has number %d, which was not sent yet", f.From, f.To, n)
		return
	}
	f.Bytes += uint64(size)
	if in.Delivered != nil {
		in.Delivered(f, n)
	}
}
