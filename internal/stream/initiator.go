// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// InitiateConfig is what the streams to one server on one loop share.
type InitiateConfig struct {
	Scan      xmlscan.Config
	Password  string
	Subdomain bool // ask for is_subdomain
}

// Initiator is the component's side of a stream. Its zero value is not ready;
// call Init.
type Initiator struct {
	scan    xmlscan.Scanner
	cfg     *InitiateConfig
	name    string
	verdict *Verdict // nil until the stream has failed
	state   State
	faulted bool // it has ended for a fault that we have found
	mute    bool // the server's header has no id: nothing but an error may follow
	opened  bool // our header is written
	closed  bool // our end tag is written
}

// Init makes i ready for a new connection on which it will be the component
// name (in normal form).
func (i *Initiator) Init(cfg *InitiateConfig, name string) {
	*i = Initiator{cfg: cfg, name: name}
	i.scan.Init(&cfg.Scan)
}

// Open appends our header. It is the first thing to be written.
func (i *Initiator) Open(out []byte) []byte {
	if i.opened {
		panic("stream: Open called twice")
	}
	i.opened = true
	return wire.AppendHeader(out, wire.HeaderOptions{To: i.name, Subdomain: i.cfg.Subdomain})
}

// Feed hands over what was read. b is borrowed until Next returns NeedMore or
// Ended, or Suspend is called.
func (i *Initiator) Feed(b []byte) {
	if i.state != Final {
		i.scan.Feed(b)
	}
}

// Suspend copies what was fed and not yet read, so that it may be reused;
// Next goes on from there.
func (i *Initiator) Suspend() {
	if i.state != Final {
		i.scan.Suspend()
	}
}

// Buffered returns the bytes the stream holds of its input.
func (i *Initiator) Buffered() int {
	if i.state == Final {
		return 0
	}
	return i.scan.Buffered()
}

// Stanza returns the stanza of the last StanzaReady or Dropped. It is valid
// until the next call of a method other than an accessor.
func (i *Initiator) Stanza() *xmlscan.Stanza { return i.scan.Stanza() }

// State returns where the stream stands. WaitRegister does not occur.
func (i *Initiator) State() State { return i.state }

// Name returns the component's name.
func (i *Initiator) Name() string { return i.name }

// Verdict says why the stream ended; it is empty before that and after Closed.
func (i *Initiator) Verdict() Verdict {
	if i.verdict == nil {
		return Verdict{}
	}
	return *i.verdict
}

// Faulted says that the verdict is ours, not the server's.
func (i *Initiator) Faulted() bool { return i.faulted }

// Scanner gives access to the scanner of an open stream, for what the header
// leaves to each stanza. Feeding or advancing it is the Initiator's alone.
func (i *Initiator) Scanner() *xmlscan.Scanner { return &i.scan }

// Next returns the next event and out with what must be written to the server
// appended. Call it until it returns NeedMore or Ended.
func (i *Initiator) Next(out []byte) (Event, []byte) {
	if i.state == Final {
		return Ended, out
	}
	ev, err := i.scan.Next()
	if ev == xmlscan.StanzaEvent && err == nil && i.state == Established {
		if st := i.scan.Stanza(); !isStreamElement(st) {
			return StanzaReady, out
		}
	}
	return i.advance(ev, err, out)
}

func (i *Initiator) advance(ev xmlscan.Event, err error, out []byte) (Event, []byte) {
	switch {
	case err != nil:
		return i.end(Failed, verdictOf(err), out)
	case ev == xmlscan.NeedMore:
		return NeedMore, out
	case ev == xmlscan.StreamEnd:
		return i.end(Closed, nil, out)
	case ev == xmlscan.Header:
		return i.answer(out)
	}
	st := i.scan.Stanza()
	switch {
	case isStreamElement(st) && string(st.Local()) == "features":
		return Dropped, out // some servers send them to whoever opens a stream
	case isStreamElement(st):
		ev, v := judgeStreamElement(st)
		return i.end(ev, v, out)
	case i.mute:
		return i.end(Failed, &Verdict{wire.CondBadFormat, "the server's header has no id"}, out)
	case string(st.Local()) != "handshake":
		return Dropped, out
	}
	i.state = Established
	return Ready, out
}

// answer judges the server's header and answers it with our proof. The id is
// hashed as the value it stands for, whatever references it was written with.
// COMPAT(prosody): a server that does not know the name says so behind a header
// without an id.
func (i *Initiator) answer(out []byte) (Event, []byte) {
	h := i.scan.Header()
	if v := judgeRoot(h); v != nil {
		return i.end(Failed, v, out)
	}
	id, _ := h.Attr("id")
	value := id.Append(nil)
	i.state = WaitHandshake
	if len(value) == 0 {
		i.mute = true
		return i.Next(out)
	}
	return Opened, wire.AppendHandshake(out, wire.Digest(string(value), i.cfg.Password))
}

// Finish ends our side of the stream. What the server still sends is delivered
// as before, until its end tag comes as Closed; the owner writes nothing more.
// On a stream that has ended it does nothing.
func (i *Initiator) Finish(out []byte) []byte {
	if i.state == Final {
		return out
	}
	return i.appendTrailer(out)
}

// Fail ends the stream with an error of ours. On a stream that has ended it
// does nothing.
func (i *Initiator) Fail(out []byte, cond xmlscan.Condition, text string) []byte {
	if i.state == Final {
		return out
	}
	_, out = i.end(Failed, &Verdict{cond, text}, out)
	return out
}

// Close gives back what the stream holds when its connection is gone. Nothing
// is written; Next returns Ended from then on.
func (i *Initiator) Close() {
	if i.state != Final {
		i.state = Final
		i.scan.Close()
	}
}

// end writes what the last event asks for and forgets the input.
func (i *Initiator) end(ev Event, v *Verdict, out []byte) (Event, []byte) {
	i.state, i.verdict, i.faulted = Final, v, ev == Failed
	i.scan.Close()
	if ev == Failed && i.opened && !i.closed {
		out = wire.AppendStreamError(out, v.Condition, v.Text)
	}
	return ev, i.appendTrailer(out)
}

// appendTrailer appends our end tag, once, and only to a header.
func (i *Initiator) appendTrailer(out []byte) []byte {
	if !i.opened || i.closed {
		return out
	}
	i.closed = true
	return append(out, wire.Trailer...)
}
