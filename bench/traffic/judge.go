// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"bytes"
	"fmt"
)

// Verdict counts what went wrong apart from order, for one goroutine's inboxes.
type Verdict struct {
	Altered   uint64 // arrived, but does not mean what was sent
	Misrouted uint64 // arrived where it was not addressed to
	Unknown   uint64 // a stanza that is none of ours
	Parsed    uint64 // compared by meaning; not an error, but it costs the tool time
	Rewritten uint64 // arrived in other bytes than were sent; not an error either
	Answers   uint64 // came back as errors; whether that is an error is for the scenario
	Notes     []string
}

const (
	notesMax  = 8   // of each goroutine; the first errors tell most
	answerMax = 2   // notes about answers, which are much alike
	quotedMax = 400 // bytes of a stanza quoted in a note
)

func (v *Verdict) note(format string, args ...any) {
	if len(v.Notes) < notesMax {
		v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
	}
}

// quoted cuts a stanza for a note.
func quoted(raw []byte) []byte {
	if len(raw) <= quotedMax {
		return raw
	}
	return append(bytes.Clone(raw[:quotedMax]), "…"...)
}

// StreamEnd says that the server ended the stream.
type StreamEnd struct {
	Condition string // of its stream error, "" for a plain end tag
	Raw       string // what it sent
}

func (e *StreamEnd) Error() string {
	if e.Condition == "" {
		return "the server ended the stream"
	}
	return "the server ended the stream: " + e.Condition
}

// judge parses the first stanza of b.
func (in *Inbox) judge(b []byte) (used int, err error) {
	start, end, err := SplitElement(b)
	if err != nil {
		return 0, err
	}
	if end == 0 {
		return start, nil
	}
	raw := b[start:end]
	if bytes.HasPrefix(raw, []byte("</")) {
		return end, &StreamEnd{Raw: string(quoted(raw))}
	}
	in.Verdict.Parsed++
	came, err := parseElement(raw)
	if err != nil {
		in.Verdict.Altered++
		in.Verdict.note("not well-formed: %s", quoted(raw))
		return end, nil
	}
	if came.name == "error" && came.space == "http://etherx.jabber.org/streams" {
		return end, streamError(came, raw)
	}
	in.judgeStanza(raw, came)
	return end, nil
}

func streamError(el *element, raw []byte) *StreamEnd {
	end := &StreamEnd{Condition: "stream error without condition", Raw: string(quoted(raw))}
	for _, c := range el.children {
		if c, ok := c.(*element); ok {
			end.Condition = c.name
			break
		}
	}
	return end
}

func (in *Inbox) judgeStanza(raw []byte, came *element) {
	f, n, _ := in.find(raw)
	switch {
	case f == nil:
		in.Verdict.Unknown++
		in.Verdict.note("none of the stanzas sent: %s", quoted(raw))
	case came.attr("type") == "error":
		in.judgeError(f, n, raw)
	case f.Target != in.Conn:
		in.Verdict.Misrouted++
		in.Verdict.note("stanza %d for %s arrived at connection %d: %s", n, f.To, in.Conn, quoted(raw))
	default:
		in.judgeOwn(f, n, raw, came)
	}
}

// judgeError counts an error that answers a stanza of ours.
func (in *Inbox) judgeError(f *Flow, n uint64, raw []byte) {
	switch {
	case f.Source != in.Conn:
		in.Verdict.Misrouted++
		in.Verdict.note("the answer to stanza %d of %s arrived at connection %d: %s", n, f.From, in.Conn, quoted(raw))
	case !f.seq.answer(n):
		in.Verdict.Altered++
		in.Verdict.note("an answer to stanza %d of %s, which was not sent yet: %s", n, f.From, quoted(raw))
	default:
		if in.Verdict.Answers++; in.Verdict.Answers <= answerMax {
			in.Verdict.note("answered with an error: %s", quoted(raw))
		}
		if in.Answered != nil {
			in.Answered(f, n)
		}
	}
}

// judgeOwn compares a stanza that claims to be number n of f with what was sent.
func (in *Inbox) judgeOwn(f *Flow, n uint64, raw []byte, came *element) {
	orig := f.write(nil, f.own, n)
	sent, err := parseElement(orig)
	if err != nil {
		panic("traffic: a shape that was checked does not parse: " + err.Error())
	}
	if !sameMeaning(sent, came) {
		in.Verdict.Altered++
		in.Verdict.note("altered: sent %s came %s", quoted(orig), quoted(raw))
	} else {
		f.learn(n, raw)
	}
	in.Verdict.Rewritten++
	in.accept(f, n, len(raw))
}
