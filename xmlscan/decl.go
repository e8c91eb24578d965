// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "bytes"

// declOpen is how an XML declaration begins; a white space character must follow.
const declOpen = "<?xml"

// decl walks the XML declaration, which may stand at the very start only, and judges it when it is whole.
func (w *work) decl() status {
	for ; w.p < w.end && w.rel(w.p) <= len(declOpen); w.p++ {
		i, c := w.rel(w.p), w.v.at(w.p)
		if i < len(declOpen) && c != declOpen[i] || i == len(declOpen) && !isSpace(c) {
			return w.fail(0, RestrictedXML, "processing instruction")
		}
	}
	q := min(w.m.next(markText, w.p), w.end)
	w.sc.count += (q - w.p) >> 6
	w.p = q
	if q == w.end {
		return more
	}
	if w.v.at(q) != '>' || w.v.at(q-1) != '?' {
		return w.failAt(q, NotWellFormed, "markup inside the XML declaration")
	}
	w.p++
	w.state = atRest
	return w.judgeDecl(w.raw(len(declOpen), w.rel(q-1)-len(declOpen)))
}

// judgeDecl checks what stands between "<?xml" and "?>": version, then perhaps encoding, then perhaps standalone.
func (w *work) judgeDecl(d []byte) status {
	bad := func() status { return w.fail(0, NotWellFormed, "malformed XML declaration") }
	name, value, d, ok := pseudoAttr(d)
	if !ok || string(name) != "version" || string(value) != "1.0" {
		return bad()
	}
	name, value, d, ok = pseudoAttr(d)
	if ok && string(name) == "encoding" {
		if !bytes.EqualFold(value, []byte("utf-8")) {
			return w.fail(0, UnsupportedEncoding, "the XML declaration names another encoding than UTF-8")
		}
		name, value, d, ok = pseudoAttr(d)
	}
	if ok && string(name) == "standalone" && (string(value) == "yes" || string(value) == "no") {
		name, _, d, ok = pseudoAttr(d)
	}
	if ok || len(name) != 0 || len(bytes.TrimLeft(d, " \t\r\n")) != 0 {
		return bad()
	}
	return again
}

// pseudoAttr takes one name='value' with the white space before it off d. Without one it returns d as it was.
func pseudoAttr(d []byte) (name, value, rest []byte, ok bool) {
	b := bytes.TrimLeft(d, " \t\r\n")
	eq := bytes.IndexByte(b, '=')
	if len(b) == len(d) || eq < 0 {
		return nil, nil, d, false
	}
	name = bytes.TrimRight(b[:eq], " \t\r\n")
	b = bytes.TrimLeft(b[eq+1:], " \t\r\n")
	if len(b) == 0 || b[0] != '\'' && b[0] != '"' {
		return nil, nil, d, false
	}
	end := bytes.IndexByte(b[1:], b[0])
	if end < 0 {
		return nil, nil, d, false
	}
	return name, b[1 : 1+end], b[2+end:], true
}
