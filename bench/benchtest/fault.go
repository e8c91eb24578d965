// SPDX-License-Identifier: Apache-2.0

package benchtest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Fault is what a server does wrong, once in Every stanzas.
type Fault string

const (
	None    Fault = "none"
	Rewrite Fault = "rewrite" // no fault: attributes in another order and quotes, xml:lang, xmlns

	Lose     Fault = "lose"
	Double   Fault = "double"
	Reorder  Fault = "reorder"  // swaps two neighbours
	Alter    Fault = "alter"    // changes a letter of the text
	Corrupt  Fault = "corrupt"  // changes a bit anywhere
	AlterTo  Fault = "alter-to" // changes the address
	Truncate Fault = "truncate" // leaves out a child element
	Misroute Fault = "misroute" // to another component
	Answer   Fault = "answer"   // an error to the sender instead
	Twice    Fault = "twice"    // the same, twice
	Both     Fault = "both"     // delivered, and answered with an error
	Invent   Fault = "invent"   // a stanza that nobody sent
	Garbage  Fault = "garbage"  // bytes that are not XML
	Hang     Fault = "hang"     // delivers nothing more
	Close    Fault = "close"    // ends the receiver's stream with a stream error
	Block    Fault = "block"    // a receiver that does not read stops all traffic
	Shed     Fault = "shed"     // drops without a word what a receiver is slow to take
	Trickle  Fault = "trickle"  // no fault: passes on slowly what has waited
	Pause    Fault = "pause"    // no fault: once, after PauseAfter stanzas, all wait for PauseTime
	Refuse   Fault = "refuse"   // answers no handshake but with not-authorized
	Haunt    Fault = "haunt"    // keeps the name of who has left without a word: nobody else gets it
	Gullible Fault = "gullible" // forwards what is malformed
	Fragile  Fault = "fragile"  // a malformed stream ends all the others
)

// Faults lists all that the load tool must find.
var Faults = []Fault{Lose, Double, Reorder, Alter, Corrupt, AlterTo, Truncate, Misroute, Answer, Twice, Both, Invent, Garbage, Hang, Close}

// When and for how long a server with Pause stands still.
const (
	PauseAfter = 500
	PauseTime  = time.Second
)

// Every is how seldom a fault shows.
const Every = 25

// apply gives what reaches the receiver instead of stanza n of the server.
// Nothing is nil, not empty.
func (s *Server) apply(to *peer, from *peer, n int, raw []byte) {
	raw = bytes.Clone(raw)
	if s.fault == Shed && len(to.out) > cap(to.out)/2 {
		return
	}
	if s.fault == Rewrite {
		raw = rewrite(raw)
	}
	if n%Every != Every-1 {
		to.write(raw)
		return
	}
	switch s.fault {
	case Lose:
	case Double:
		to.write(raw)
		to.write(raw)
	case Reorder:
		to.keep(raw)
	case Alter:
		to.write(alterText(raw))
	case Corrupt:
		raw[n*31%len(raw)] ^= 4
		to.write(raw)
	case AlterTo:
		to.write(bytes.Replace(raw, []byte("to='r@"), []byte("to='q@"), 1))
	case Truncate:
		to.write(truncate(raw))
	case Misroute:
		from.write(raw)
	case Answer:
		from.write(answer(raw))
	case Twice:
		from.write(answer(raw))
		from.write(answer(raw))
	case Both:
		to.write(raw)
		from.write(answer(raw))
	case Invent:
		to.write(raw)
		to.write([]byte("<message from='nobody.example' to='" + to.name + "'/>"))
	case Garbage:
		to.write([]byte("<message <<"))
	case Hang:
		s.hung.Store(true)
	case Close:
		to.write([]byte("<stream:error><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"))
		to.close()
	default:
		to.write(raw)
	}
}

// alterText changes the last letter before the first end tag that follows text.
func alterText(raw []byte) []byte {
	if i := bytes.Index(raw, []byte("</body>")); i > 0 {
		raw[i-1] ^= 1
		return raw
	}
	return bytes.Replace(raw, []byte("id='~"), []byte("id='!"), 1)
}

var firstChild = regexp.MustCompile(`<[a-z]+ xmlns='[^']*'[^>]*/>|<body>[^<]*</body>`)

// truncate leaves out the first simple child, or the id if there is none.
func truncate(raw []byte) []byte {
	if at := firstChild.FindIndex(raw); at != nil {
		return slices.Delete(raw, at[0], at[1])
	}
	return bytes.Replace(raw, []byte("id='~"), []byte("id='"), 1)
}

var attribute = regexp.MustCompile(` ([a-z:]+)='([^']*)'`)

// rewrite turns the attributes of the top element round, quotes them otherwise,
// and adds a language and a namespace: what real servers do, and may do.
func rewrite(raw []byte) []byte {
	end := bytes.IndexByte(raw, '>')
	if raw[end-1] == '/' {
		end--
	}
	name, attrs := raw[:bytes.IndexByte(raw, ' ')], attribute.FindAllSubmatch(raw[:end], -1)
	out := bytes.Clone(name)
	lang := false
	for _, a := range slices.Backward(attrs) {
		out = fmt.Appendf(out, ` %s="%s"`, a[1], a[2])
		lang = lang || string(a[1]) == "xml:lang"
	}
	if !lang {
		out = append(out, ` xml:lang="en"`...)
	}
	out = append(out, ` xmlns="jabber:client"`...)
	return append(out, raw[end:]...)
}

// answer makes an error reply with the stanza's id and nothing else of it.
func answer(raw []byte) []byte {
	el := attributes(raw)
	return fmt.Appendf(nil, "<message from='%s' to='%s' id='%s' type='error'><error type='cancel'>"+
		"<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", el["to"], el["from"], el["id"])
}

func attributes(raw []byte) map[string]string {
	out := map[string]string{}
	for _, a := range attribute.FindAllSubmatch(raw[:bytes.IndexByte(raw, '>')], -1) {
		out[string(a[1])] = string(a[2])
	}
	return out
}
