// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"math/rand/v2"
	"strings"

	"weir/xmlscan/internal/corpus"
)

// pieces are what mutations put in: the tokens at which parsers have disagreed.
var pieces = strings.Split("<|>|/>|</|&|;|&amp;|&lt;|&#58;|&#x41;|&#0;|&#xD800;|&#4294967361;|&#0000065;|&foo;|]]>|]]|<![CDATA[|<![CDATA[x]]>|<!--|-->|<?xml version='1.0'?>|<?x?>|<!DOCTYPE a>|'|\"|=|:|x:y|xmlns|xmlns='|xmlns=''| xmlns:p='u'| xmlns:q='u'| p:a='1'| q:a='2'| a='1'| a='2'| xml:lang='en'| xmlns:xml='http://www.w3.org/XML/1998/namespace'| xmlns='http://etherx.jabber.org/streams'|<stream:x/>|</stream:stream>|<stream:stream>|stream:|<p:b/>|<a>|</a>|<a/>|<a b='c'/>|/|!|?| |  |\t|\n|\r|\r\n|\x00|\x01|\x1f|\x7f|\u0085|\u2028|\ufeff|\ufffe|\uffff|\ufdd0|é|ß|\u00b7|\u0300|\u203f|中|😀|\xff|\xc0\x80|\xe4|\xe4\xb8|\xed\xa0\x80|\xf0\x9f|\xf4\x90\x80\x80|\x80|\xbf|from='a@b'|to=\"c\"|id|type|1|-|.|_", "|")

// seedStanzas are small stanzas with something of everything in them.
var seedStanzas = []string{
	"<message from='a@b/c' to=\"d@e\" type='chat' id='1' xml:lang='en'><body>hi there</body></message>",
	"<iq type='get' id='p&#49;' to='x&amp;y'><ping xmlns='urn:xmpp:ping'/></iq>",
	"<presence><p:c xmlns:p='urn:p' p:x='1' x='2'><p:d/></p:c>text &lt; <![CDATA[<]]]]>]] ></presence>",
	"<message  a = '1'\n b=\"2\" ><body  xmlns = 'jabber&#58;client'>длинный текст 中文 😀</body ></message\t>",
	"<é:ü xmlns:é='urn:é' é:ö='ä'>&apos;&quot;&gt;</é:ü>",
	"<a><b><c><d e='f'/></c></b><stream:x xmlns:stream='other'/></a>",
	"<iq xmlns='jabber:client' from='someone@example.org/res' to='chat.example' type='result' id='0123456789abcdef0123456789abcdef'/>",
}

// headers that a stream may begin with.
var headers = []string{
	hdr,
	"<?xml version='1.0'?>" + hdr,
	"\ufeff<?xml version=\"1.0\" encoding='UTF-8' standalone='yes' ?>\n" + hdr,
	"<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns=\"jabber:component:accept\" xmlns:p='urn:p' xmlns:q='urn:p' xml:lang='de' to='x'>",
	"<stream xmlns='http://etherx.jabber.org/streams'>",
}

// sampler makes inputs: valid streams and mutations of them.
type sampler struct {
	*rand.Rand
	stanzas []string
}

func newSampler(seed uint64) *sampler {
	s := &sampler{Rand: rand.New(rand.NewPCG(seed, 1)), stanzas: seedStanzas}
	for _, set := range []string{"mix", "small", "intl"} {
		for _, st := range corpus.Stanzas(set, 20000) {
			if len(st) < 1000 {
				s.stanzas = append(s.stanzas, st)
			}
		}
	}
	return s
}

// stream returns a header and a few stanzas, perhaps the end tag; sometimes with blanks in between, which moves
// everything against the 64-byte blocks.
func (s *sampler) stream() []byte {
	b := []byte(headers[s.IntN(len(headers))])
	for range s.IntN(4) {
		b = append(b, strings.Repeat(" ", s.IntN(70)*s.IntN(2))...)
		b = append(b, s.stanzas[s.IntN(len(s.stanzas))]...)
	}
	if s.IntN(2) == 0 {
		b = append(b, corpus.Trailer...)
	}
	return b
}

// mutated returns a stream with a few changes.
func (s *sampler) mutated() []byte {
	b := s.stream()
	for range 1 + s.IntN(3) {
		at := s.IntN(len(b) + 1)
		to := min(len(b), at+s.IntN(8))
		var in []byte
		switch s.IntN(6) {
		case 0: // cut
		case 1:
			in = append([]byte{byte(s.IntN(256))}, b[at:to]...)
		case 2: // twice
			in = append(append(in, b[at:to]...), b[at:to]...)
		case 3:
			in = []byte(pieces[s.IntN(len(pieces))])
		default:
			in = append([]byte(pieces[s.IntN(len(pieces))]), b[at:to]...)
		}
		b = append(b[:at:at], append(in, b[to:]...)...)
	}
	return b
}
