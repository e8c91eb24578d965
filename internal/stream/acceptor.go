// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// AcceptConfig is what the streams of one listener on one loop share.
type AcceptConfig struct {
	Scan      xmlscan.Config
	Passwords []string // each is right; several while one replaces another
	AnyProof  bool     // the name is proved by other means: any digest will do
}

// Acceptor is the server's side of one component stream. Its zero value is
// not ready; call Init. An idle stream costs the struct itself, its name, and
// nothing else.
type Acceptor struct {
	scan    xmlscan.Scanner
	cfg     *AcceptConfig
	name    string   // the component's, normalised; empty before Opened
	id      string   // stream id; empty once the proof is judged
	verdict *Verdict // nil until the stream has failed

	state     State
	subdomain bool
}

// openingBytesMax bounds what a peer that has not proved itself can make us
// hold of one element: a stream header's worth.
const openingBytesMax = 8 << 10

// Init makes a ready for a new connection. id is the stream id that will be
// offered, see wire.NewStreamID.
func (a *Acceptor) Init(cfg *AcceptConfig, id string) {
	*a = Acceptor{cfg: cfg, id: id}
	a.scan.Init(a.scanConfig())
}

// scanConfig is the scanner's configuration in the present state.
func (a *Acceptor) scanConfig() *xmlscan.Config {
	if a.state == Established {
		return &a.cfg.Scan
	}
	opening := a.cfg.Scan
	if n := opening.Limits.StanzaBytes; n <= 0 || n > openingBytesMax {
		opening.Limits.StanzaBytes = openingBytesMax
	}
	return &opening
}

// Feed hands over what was read. b is borrowed until Next returns NeedMore or
// Ended, or Suspend is called.
func (a *Acceptor) Feed(b []byte) {
	if a.state != Final {
		a.scan.Feed(b)
	}
}

// Suspend copies what was fed and not yet read, so that it may be reused;
// Next goes on from there.
func (a *Acceptor) Suspend() {
	if a.state != Final {
		a.scan.Suspend()
	}
}

// Buffered returns the bytes the stream holds of its input.
func (a *Acceptor) Buffered() int {
	if a.state == Final {
		return 0
	}
	return a.scan.Buffered()
}

// Stanza returns the stanza of the last StanzaReady or Dropped. It is valid
// until the next call of a method other than an accessor.
func (a *Acceptor) Stanza() *xmlscan.Stanza { return a.scan.Stanza() }

// State returns where the stream stands.
func (a *Acceptor) State() State { return a.state }

// Name returns the component's name in normal form, empty before Opened.
func (a *Acceptor) Name() string { return a.name }

// Subdomain reports whether the header had is_subdomain='true'.
func (a *Acceptor) Subdomain() bool { return a.subdomain }

// Verdict says why the stream ended; it is empty before that and after Closed.
func (a *Acceptor) Verdict() Verdict {
	if a.verdict == nil {
		return Verdict{}
	}
	return *a.verdict
}

// Scanner gives access to the scanner of an open stream, for what the header
// leaves to each stanza (prefixes, language). Feeding or advancing it is the
// Acceptor's alone.
func (a *Acceptor) Scanner() *xmlscan.Scanner { return &a.scan }

// Next returns the next event and out with what must be written to the peer
// appended. Call it until it returns NeedMore or Ended.
func (a *Acceptor) Next(out []byte) (Event, []byte) {
	switch a.state {
	case WaitRegister:
		a.scan.Suspend()
		return NeedMore, out
	case Final:
		return Ended, out
	}
	ev, err := a.scan.Next()
	if ev == xmlscan.StanzaEvent && err == nil && a.state == Established {
		if st := a.scan.Stanza(); !isStreamElement(st) {
			return StanzaReady, out
		}
	}
	return a.advance(ev, err, out)
}

// advance handles all that is not the established stream's daily bread.
func (a *Acceptor) advance(ev xmlscan.Event, err error, out []byte) (Event, []byte) {
	switch {
	case err != nil:
		return a.end(Failed, verdictOf(err), out)
	case ev == xmlscan.NeedMore:
		return NeedMore, out
	case ev == xmlscan.StreamEnd:
		return a.end(Closed, nil, out)
	case ev == xmlscan.Header:
		return a.open(out)
	}
	st := a.scan.Stanza()
	if isStreamElement(st) {
		ev, v := judgeStreamElement(st)
		return a.end(ev, v, out)
	}
	if string(st.Local()) != "handshake" {
		return Dropped, out
	}
	return a.judgeProof(st, out)
}

// Establish answers Authenticated: the component is registered, stanzas may
// follow.
func (a *Acceptor) Establish(out []byte) []byte {
	if a.state != WaitRegister {
		panic("stream: Establish in state " + a.state.String())
	}
	a.state = Established
	a.id = ""
	a.scan.SetLimits(a.scanConfig())
	return wire.AppendHandshakeOK(out)
}

// Fail ends the stream with an error of ours: our header if it was not yet
// sent, the error, the end tag. text may be empty and is shown to the peer.
// Next returns Ended from then on. On a stream that has ended it does nothing.
func (a *Acceptor) Fail(out []byte, cond xmlscan.Condition, text string) []byte {
	if a.state == Final {
		return out
	}
	_, out = a.end(Failed, &Verdict{cond, text}, out)
	return out
}

// Close gives back what the stream holds when its connection is gone. Nothing
// is written; Next returns Ended from then on.
func (a *Acceptor) Close() {
	if a.state != Final {
		a.state, a.id = Final, ""
		a.scan.Close()
	}
}

// end writes what the last event asks for and forgets the input.
func (a *Acceptor) end(ev Event, v *Verdict, out []byte) (Event, []byte) {
	if a.state == WaitHeader {
		out = wire.AppendHeader(out, wire.HeaderOptions{ID: a.id})
	}
	if ev == Failed {
		out = wire.AppendStreamError(out, v.Condition, v.Text)
	}
	a.state, a.verdict, a.id = Final, v, ""
	a.scan.Close()
	return ev, append(out, wire.Trailer...)
}
