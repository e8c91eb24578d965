// SPDX-License-Identifier: Apache-2.0

package hostile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Kind is one way in which a stream is malformed.
type Kind struct {
	Name string
	What string
	// login: it comes behind the handshake; otherwise it is all that comes.
	login bool
	// leave: the stream ends there without a word, instead of waiting for an answer.
	leave bool
	bytes func(me, victim string) []byte
	tail  func() []byte // of all streams of the kind, behind bytes; nil: none
}

// inBody puts what is malformed into a message that a good component would get.
func inBody(text string) func(me, victim string) []byte {
	return func(me, victim string) []byte {
		return fmt.Appendf(nil, "<message from='%s' to='%s' id='hostile'><body>%s</body></message>", me, victim, text)
	}
}

func plain(text string) func(me, victim string) []byte {
	return func(string, string) []byte { return []byte(text) }
}

const (
	header = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='%s'>"

	floodBytes = 256 << 10 // of a header that does not end
	hugeBytes  = 4 << 20   // more than any server takes as one stanza
	deepLevels = 10000     // more than any parser should recurse into
)

// toSelf is the same to its own sender: what a server may carry, or may clean and
// carry, without harm to others.
func toSelf(text string) func(me, victim string) []byte {
	return func(me, _ string) []byte { return inBody(text)(me, me) }
}

// Kinds are all there are.
var Kinds = []Kind{
	{Name: "http", What: "a request for a web page", bytes: plain("GET / HTTP/1.1\r\nHost: example\r\n\r\n")},
	{Name: "binary", What: "every byte there is, four times", bytes: func(string, string) []byte { return bytes.Repeat(everyByte(), 4) }},
	{Name: "namespace", What: "a header in another namespace", bytes: plain("<stream:stream xmlns='jabber:client' xmlns:stream='urn:hostile' to='c0.example'>")},
	{Name: "header", What: "a header that does not end", bytes: plain("<stream:stream " + strings.Repeat("a='b' ", floodBytes/6))},
	{Name: "secret", What: "a wrong handshake", bytes: func(me, _ string) []byte {
		return fmt.Appendf(nil, header+"<handshake>%s</handshake>", domain(me), strings.Repeat("0", 40))
	}},
	{Name: "silent", What: "half a header, then nothing", bytes: plain("<?xml version='1.0'?><stream:stream xmlns='jabber:comp")},

	{Name: "tags", What: "an end tag that does not match", login: true, bytes: inBody("x</message>")},
	{Name: "entity", What: "an entity that nobody declared", login: true, bytes: inBody("&hostile;")},
	{Name: "doctype", What: "entities that grow a billionfold", login: true, bytes: laughs},
	{Name: "comment", What: "a comment, which XMPP forbids", login: true, bytes: toSelf("<!-- hostile -->")},
	{Name: "instruction", What: "a processing instruction, which XMPP forbids", login: true, bytes: toSelf("<?hostile?>")},
	{Name: "utf8", What: "bytes that are not UTF-8, and one character written too long", login: true, bytes: inBody("\xff\xfe\xc0\xaf\xed\xa0\x80")},
	{Name: "control", What: "characters that XML forbids", login: true, bytes: inBody("\x00\x01\x0b")},
	{Name: "reference", What: "a reference to a character that XML forbids", login: true, bytes: inBody("&#0;&#xFFFF;")},
	{Name: "attribute", What: "an attribute twice", login: true, bytes: inBody("<x a='1' a='2'/>")},
	{Name: "prefix", What: "a prefix that nobody declared", login: true, bytes: inBody("<hostile:x/>")},
	{Name: "markup", What: "a < in an attribute", login: true, bytes: inBody("<x a='<'/>")},
	{Name: "text", What: "text between stanzas", login: true, bytes: plain("hostile ]]> text")},
	{Name: "half", What: "half a stanza, then gone", login: true, leave: true, bytes: func(me, victim string) []byte {
		b := inBody("half")(me, victim)
		return b[:len(b)/2]
	}},
	{Name: "deep", What: "elements 10,000 deep", login: true, bytes: toSelf(strings.Repeat("<x>", deepLevels) + strings.Repeat("</x>", deepLevels))},
	{Name: "huge", What: "a stanza of 4 MiB that does not end", login: true, bytes: func(me, _ string) []byte {
		return fmt.Appendf(nil, "<message from='%s' to='%s' id='hostile'><body>", me, me)
	}, tail: huge},
}

// Named gives the kinds of these names.
func Named(names []string) ([]Kind, error) {
	var out []Kind
	for _, name := range names {
		i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no kind %q of malformed stream; there are %s", name, strings.Join(Names(), ", "))
		}
		out = append(out, Kinds[i])
	}
	return out, nil
}

// Names gives the names of all kinds.
func Names() (out []string) {
	for _, k := range Kinds {
		out = append(out, k.Name)
	}
	return out
}

// huge is made once: several are sent every second.
var huge = sync.OnceValue(func() []byte { return bytes.Repeat([]byte("hostile "), hugeBytes/8) })

// laughs is a message whose text would be of some gigabytes.
func laughs(me, victim string) []byte {
	b := []byte("<!DOCTYPE message [<!ENTITY a0 'hostile'>")
	for i := range 9 {
		b = fmt.Appendf(b, "<!ENTITY a%d '%s'>", i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	return append(append(b, "]>"...), inBody("&a9;")(me, victim)...)
}

func everyByte() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(255 - i)
	}
	return b
}

// domain is that of an address with a node and perhaps a resource.
func domain(address string) string {
	_, d, _ := strings.Cut(address, "@")
	d, _, _ = strings.Cut(d, "/")
	return d
}
