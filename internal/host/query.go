// SPDX-License-Identifier: Apache-2.0

package host

import (
	"bytes"

	"weir/internal/wire"
	"weir/xmlscan"
)

func (s *Service) appendVersion(dst []byte, a wire.Answer) []byte {
	dst = a.AppendOpen(dst, "result")
	dst = append(dst, "><query xmlns='"+wire.NSVersion+"'><name>weir</name><version>"...)
	dst = append(wire.AppendEscaped(dst, s.Version), "</version></query>"...)
	return a.AppendClose(dst)
}

var cdataClose = []byte("]]>")

// payloadAttr returns the raw value of an attribute of the first child
// element, nil without one. The scanner has validated the stanza, so a start
// tag is a name and then pairs of a name and a quoted value.
func payloadAttr(st *xmlscan.Stanza, name string) []byte {
	rest := st.Raw[st.TagEnd():]
	for {
		i := bytes.IndexByte(rest, '<')
		if i < 0 {
			return nil
		}
		if rest = rest[i+1:]; rest[0] != '!' {
			break // no comments in a stream, so "<!" opens a CDATA section
		}
		_, rest, _ = bytes.Cut(rest, cdataClose)
	}
	for {
		i := bytes.IndexAny(rest, "=>")
		if i < 0 || rest[i] == '>' {
			return nil
		}
		fields := bytes.Fields(rest[:i])
		rest = rest[i+1:]
		open := bytes.IndexAny(rest, `'"`)
		quote := rest[open]
		value, after, _ := bytes.Cut(rest[open+1:], []byte{quote})
		if n := len(fields); n > 0 && string(fields[n-1]) == name {
			return value
		}
		rest = after
	}
}
