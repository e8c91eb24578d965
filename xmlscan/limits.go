// SPDX-License-Identifier: Apache-2.0

package xmlscan

// Limits bounds what one stream may make its receiver hold. Zero means the default, a negative value the
// greatest one the scanner supports. Passing a limit is a policy-violation, told in the read that passes it.
type Limits struct {
	StanzaBytes    int // bytes of one stanza, '<' to '>'; default 512 KiB, greatest 1 GiB
	HeaderBytes    int // bytes of the XML declaration and of the stream header, each; default 8 KiB, greatest 1 MiB
	Depth          int // nesting, the stanza's own element being 1; default 64, greatest 65536
	Attributes     int // attributes of one element, declarations included; default 64, greatest 65536
	Elements       int // elements in one stanza; default 32768
	NameBytes      int // bytes of a qualified name; default 256, greatest 4096
	NamespaceDecls int // prefix declarations in scope, the header's counted apart; default and greatest 64
	NamespaceBytes int // bytes of prefixes and names of the prefix declarations in scope; default 4 KiB, greatest 1 MiB
}

// bound is the default of a limit and the greatest value it can take.
type bound struct{ usual, most int }

var bounds = struct{ stanza, header, depth, attrs, elems, name, decls, declBytes bound }{
	stanza:    bound{512 << 10, 1 << 30},
	header:    bound{8 << 10, 1 << 20},
	depth:     bound{64, 64 << 10},
	attrs:     bound{64, 64 << 10},
	elems:     bound{32 << 10, 1 << 30},
	name:      bound{256, 4096},
	decls:     bound{64, 64},
	declBytes: bound{4 << 10, 1 << 20},
}

func (b bound) resolve(v int) int {
	switch {
	case v == 0:
		return b.usual
	case v < 0 || v > b.most:
		return b.most
	}
	return v
}

// Resolve returns the limits with defaults put in and the greatest values applied.
func (l Limits) Resolve() Limits {
	return Limits{
		StanzaBytes:    bounds.stanza.resolve(l.StanzaBytes),
		HeaderBytes:    bounds.header.resolve(l.HeaderBytes),
		Depth:          bounds.depth.resolve(l.Depth),
		Attributes:     bounds.attrs.resolve(l.Attributes),
		Elements:       bounds.elems.resolve(l.Elements),
		NameBytes:      bounds.name.resolve(l.NameBytes),
		NamespaceDecls: bounds.decls.resolve(l.NamespaceDecls),
		NamespaceBytes: bounds.declBytes.resolve(l.NamespaceBytes),
	}
}
