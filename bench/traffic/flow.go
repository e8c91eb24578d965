// SPDX-License-Identifier: Apache-2.0

package traffic

// Flow is the numbered stanzas from one address to another. Owned by the
// goroutine that drives both of its ends.
type Flow struct {
	ID       uint32
	Source   int // the connection that sends
	Target   int // the connection that must receive
	From, To string

	script *Script
	own    []*form   // by shape: as it is sent
	forms  []*form   // by shape: as it came last
	others [][]*form // by shape: further ways in which it came; nil if none
	follow *Flow     // what came after it last time, on the same connection
	seq    sequence
	Bytes  uint64 // delivered, as they came
}

// formsMax bounds the ways of writing learned for one shape of one flow. What
// comes in still other ways is compared by meaning every time.
const formsMax = 8

// NewFlow makes a flow. The ID must be below MaxFlows and its own in the run.
func (s *Script) NewFlow(f Flow) *Flow {
	f.script = s
	for _, shape := range s.shapes {
		f.own = append(f.own, newForm(shape.parts, f.From, f.To))
	}
	f.forms = append(f.forms, f.own...)
	return &f
}

// Append writes the next stanza to dst.
func (f *Flow) Append(dst []byte) []byte {
	dst = f.write(dst, f.own, f.seq.sent)
	f.seq.sent++
	return dst
}

// write appends stanza n as the given forms have it.
func (f *Flow) write(dst []byte, forms []*form, n uint64) []byte {
	var tok token
	tok.set(f.script.seed, f.ID, n)
	return forms[f.script.shapeOf(n)].appendTo(dst, &tok, f.script.noiseOf(f.ID, n))
}

// Sent is how many stanzas were written, and so the number of the next.
func (f *Flow) Sent() uint64 { return f.seq.sent }

// Delivered is how many arrived, each counted once.
func (f *Flow) Delivered() uint64 { return f.seq.delivered() }

// Answered is how many came back to the sender as errors instead.
func (f *Flow) Answered() uint64 { return f.seq.back.size() }

// Missing is how many were neither delivered nor answered so far, nor written off.
func (f *Flow) Missing() uint64 { return f.seq.missing() }

// WriteOff gives up what is missing: one of the flow's connections was cut, and
// XEP-0114 has no way to ask what became of it.
func (f *Flow) WriteOff() { f.seq.writeOff() }

// WrittenOff is how many were given up and have not shown up since.
func (f *Flow) WrittenOff() uint64 { return f.seq.off.size() }

// Doubled and Reordered count deliveries, not numbers.
func (f *Flow) Doubled() uint64   { return f.seq.doubled }
func (f *Flow) Reordered() uint64 { return f.seq.reordered }

// learn keeps a further way in which a shape of this flow is written. Ways that
// the original form allows too are not kept twice.
func (f *Flow) learn(n uint64, raw []byte) {
	shape := f.script.shapeOf(n)
	var tok token
	tok.set(f.script.seed, f.ID, n)
	way, ok := learnForm(raw, f.own[shape], &tok, f.script.noiseOf(f.ID, n))
	if !ok {
		return
	}
	if f.others == nil {
		f.others = make([][]*form, len(f.own))
	}
	if len(f.others[shape]) < formsMax {
		f.others[shape] = append(f.others[shape], f.forms[shape])
		f.forms[shape] = way
	}
}
