// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"weir/internal/jid"
	"weir/internal/wire"
	"weir/xmlscan"
)

// open judges the component's header and answers it. The order of the checks
// is the order in which a peer can be wrong about us: is this a stream, is it
// a component's, for which name.
func (a *Acceptor) open(out []byte) (Event, []byte) {
	h := a.scan.Header()
	if v := judgeRoot(h); v != nil {
		return a.end(Failed, v, out)
	}
	name, ok := componentName(h)
	if !ok {
		return a.end(Failed, &Verdict{wire.CondHostUnknown, "the header names no component"}, out)
	}
	a.name = name
	sub, _ := h.Attr("is_subdomain")
	a.subdomain = sub.Equal("true")
	a.state = WaitHandshake
	_, version := h.Attr("version")
	return Opened, wire.AppendHeader(out, wire.HeaderOptions{From: name, ID: a.id, Version: version})
}

// judgeRoot returns what is wrong with the root element, or nil. The prefix
// is the peer's own choice.
func judgeRoot(h *xmlscan.StreamHeader) *Verdict {
	switch {
	case string(h.Local()) != "stream":
		return &Verdict{wire.CondBadFormat, "the root element is not a stream"}
	case string(h.NS()) != wire.NSStreams:
		return &Verdict{wire.CondInvalidNamespace, "the root element is not in the streams namespace"}
	case string(h.DefaultNS()) != wire.NSComponent:
		return &Verdict{wire.CondInvalidNamespace, "the default namespace is not " + wire.NSComponent}
	}
	return nil
}

// componentName returns the header's 'to' in normal form. NormalizeDomain
// refuses whole addresses, empty names and names that are too long.
func componentName(h *xmlscan.StreamHeader) (string, bool) {
	to, _ := h.Attr("to")
	name, err := jid.NormalizeDomain(nil, to.Append(nil))
	return string(name), err == nil
}
