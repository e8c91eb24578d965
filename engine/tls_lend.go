// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package engine

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"unsafe"
)

// crypto/tls keeps the memory in which it assembles records, and never gives it
// back: a connection that has once received a large one holds as much for good,
// where an idle one needs none. Nothing in its interface helps, so the two
// buffers are found by name and type, and left alone if a later Go has others:
// then connections are as heavy as with tag purego, and nothing else changes.
// TestTLSMemory says whether this works, and what a connection then holds; with
// tag purego, what it holds without.
var rawInput, hand = buffer("rawInput"), buffer("hand")

// buffer is where a tls.Conn has the bytes.Buffer of that name; 0: nowhere.
func buffer(name string) uintptr {
	f, ok := reflect.TypeFor[tls.Conn]().FieldByName(name)
	if !ok || f.Type != reflect.TypeFor[bytes.Buffer]() {
		return 0
	}
	return f.Offset
}

// lending says that this is how it is; TestTLSMemory fails when it is not.
const lending = true

// lend gives crypto/tls the loop's memory to read into, with the part of a record
// that has come already.
func (t *layer) lend(s *tlsScratch) {
	raw := t.buffer(rawInput)
	if raw == nil {
		return
	}
	if s.raw == nil {
		s.raw = make([]byte, 0, rawBytes)
	}
	*raw = *bytes.NewBuffer(append(s.raw, raw.Bytes()...))
	s.raw = nil // a panic must not leave two with it
}

// takeBack takes it back. A record of which only a part has come moves to memory
// that is as large as that part.
func (t *layer) takeBack(s *tlsScratch) {
	raw := t.buffer(rawInput)
	if raw == nil {
		return
	}
	var own []byte
	if raw.Len() > 0 {
		own = bytes.Clone(raw.Bytes())
	}
	if raw.Reset(); raw.Cap() <= 2*rawBytes {
		s.raw = raw.AvailableBuffer()
	}
	*raw = *bytes.NewBuffer(own)
}

// negotiated lets go of what only the handshake needed.
func (t *layer) negotiated() {
	if b := t.buffer(hand); b != nil && b.Len() == 0 {
		*b = bytes.Buffer{}
	}
	if b := t.buffer(rawInput); b != nil && b.Len() == 0 {
		*b = bytes.Buffer{}
	}
}

func (t *layer) buffer(at uintptr) *bytes.Buffer {
	if at == 0 {
		return nil
	}
	return (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(t.tls), at))
}
