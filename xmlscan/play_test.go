// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"fmt"
	"strings"
)

// A play is what a scanner said about an input: its events with everything a user could ask about them. Two
// ways of feeding the same bytes must give the same play.
type play []string

func (p play) String() string { return strings.Join(p, "\n") }

// cutter says how many bytes the next feed has; at is the offset of the first, rest how many are left.
type cutter func(at, rest int) int

func whole(at, rest int) int  { return rest }
func single(at, rest int) int { return 1 }

// perform feeds input in the cutter's pieces, each in a slice of its own that is overwritten once the scanner
// has no right to it any more.
func perform(cfg Config, input []byte, cut cutter) play {
	s := New(cfg)
	var p play
	for at := 0; at < len(input); {
		n := min(max(cut(at, len(input)-at), 1), len(input)-at)
		b := append([]byte(nil), input[at:at+n]...)
		s.Feed(b)
		p = drain(s, p, b)
		for i := range b {
			b[i] = '<'
		}
		at += n
	}
	return p
}

// drain reads events until the scanner wants more or has failed for the first time.
func drain(s *Scanner, p play, fed []byte) play {
	for {
		ev, err := s.Next()
		if err != nil {
			e := err.(*Error)
			line := fmt.Sprintf("error %s at %d", e.Condition, e.Offset)
			if len(p) == 0 || p[len(p)-1] != line {
				p = append(p, line)
			}
			return p
		}
		switch ev {
		case NeedMore:
			return p
		case Header:
			p = append(p, tellHeader(s.Header()))
		case StanzaEvent:
			p = append(p, tellStanza(s, s.Stanza(), fed))
		default:
			p = append(p, ev.String())
		}
	}
}

func tellHeader(h *StreamHeader) string {
	out := fmt.Sprintf("header %q %s:%s {%s} default {%s} empty %v", h.Raw, h.Prefix(), h.Local(), h.NS(), h.DefaultNS(), h.Empty)
	for _, name := range []string{"to", "from", "version", "xml:lang", "is_subdomain"} {
		if v, ok := h.Attr(name); ok {
			out += fmt.Sprintf(" %s=%s", name, tellValue(v))
		}
	}
	return out
}

func tellValue(v Value) string {
	if !v.Present() {
		return "-"
	}
	return fmt.Sprintf("%q", v.Append(nil))
}

func tellStanza(s *Scanner, st *Stanza, fed []byte) string {
	if st.Start >= 0 && string(fed[st.Start:st.Start+len(st.Raw)]) != string(st.Raw) {
		panic("Start does not say where Raw lies")
	}
	a, b, ok := st.XMLNS()
	odd := ""
	if st.OddNamespace() {
		odd = " odd"
	}
	return fmt.Sprintf("stanza %q %s:%s {%s} payload %s {%s} from %s to %s type %s id %s lang %s prefixes %b tag %d,%d xmlns %d,%d,%v end %d",
		st.Raw, st.Prefix(), st.Local(), st.NS(), st.Payload(), st.PayloadNS(), tellValue(st.From()), tellValue(st.To()),
		tellValue(st.Type()), tellValue(st.ID()), tellValue(st.Lang()), st.HeaderPrefixes(), st.NameEnd(), st.TagEnd(), a, b, ok, s.Offset()) + odd
}
