// SPDX-License-Identifier: Apache-2.0

// Package xmlscan cuts an XMPP stream into whole, validated stanzas, in the place where the bytes lie.
//
// It knows XML as RFC 6120 §11 restricts it: UTF-8, one root element, no comment, processing instruction,
// document type or entity beyond the five predefined; namespaces as in "Namespaces in XML 1.0". A stanza is
// delivered only when each of its bytes has been checked: tags match, attributes are unique (also by
// namespace), prefixes are declared, characters and character references are legal. What a receiver's parser
// sees in the delivered bytes is what this scanner saw; that is the reason the package exists.
//
// Two stages. Stage 1 (window.go, classify*.go) reads the input once, 64 bytes at a time, and writes four
// bitmaps addressed by position: where a name ends, where text stops, where a quoted value stops. It finds
// illegal characters and bad UTF-8 on the way. Stage 2 walks from mark to mark: fast.go takes the shapes that
// real streams are made of, walk*.go is the complete, resumable grammar that takes over at anything else, the
// end of the data among them. The fast walker adds no rule: with it switched off every answer is the same,
// and a test says so.
//
// Files:
//
//	scanner.go    Scanner: feed, next, suspend, close     source.go     where bytes come from, carry, windows
//	scratch.go    what the scanners of one loop share     window.go     stage 1 over one window, first error in it
//	bitmap.go     the four bitmaps and the search         classify*.go  stage 1 itself
//	work.go       the state of one unfinished stanza      fast.go       the fast walker
//	walk.go       content, white space, markup            walk_tag.go   tags and attributes, step by step
//	walk_ref.go   character and entity references         name.go       names; name_table.go their characters
//	namespace.go  declarations, prefixes, duplicates      decl.go       the XML declaration
//	many.go       duplicates among very many attributes
//	stanza.go     Stanza and its views                    value.go      attribute values
//	stanza_forward.go  the header's declarations, for another stream
//	header.go     StreamHeader                            context.go    what outlives the header
//	state.go      export and import at any byte           limits.go     limits; errors.go conditions
//	event.go      what Next can say                       mem_*.go      loads of eight bytes; unsafe, and checked
//
// A Scanner is owned by one goroutine at a time, and so is a Scratch with all the scanners made on it. Config is
// read-only once handed over. Nothing here starts a goroutine or takes a lock.
//
// Not here: I/O, the XMPP meaning of a stanza, any judgement of addresses, decoding of text content, and
// writing XML. Forward Stanza.Raw; never decode and encode again.
package xmlscan
