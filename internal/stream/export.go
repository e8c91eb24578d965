// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"encoding/binary"
	"errors"

	"weir/xmlscan"
)

// ErrState is returned for bytes that no AppendState has written.
var ErrState = errors.New("stream: not the state of a stream")

// exportVersion is the first byte of a state; it changes when the layout does.
const exportVersion = 1

// Bits of the flag byte.
const (
	flagSubdomain = 1 << iota
	flagOpened
	flagClosed
	flagVerdict
	flagMute
)

// AppendState appends all that a needs to go on elsewhere: with Restore
// and the same configuration the stream continues at the next byte. What was
// fed and not yet read is part of it.
func (a *Acceptor) AppendState(dst []byte) []byte {
	dst = appendCommon(dst, a.state, bit(a.subdomain, flagSubdomain), a.name, a.verdict)
	dst = appendString(dst, a.id)
	if a.state == Final {
		return dst
	}
	return a.scan.AppendState(dst)
}

// Restore makes a go on from a state.
func (a *Acceptor) Restore(cfg *AcceptConfig, state []byte) error {
	r := reader{rest: state}
	c := r.common()
	*a = Acceptor{
		cfg: cfg, state: c.state, name: c.name, verdict: c.verdict, id: r.string(),
		subdomain: c.flags&flagSubdomain != 0,
	}
	return r.finish(c.state, &a.scan, a.scanConfig())
}

// AppendState appends all that i needs to go on elsewhere, see
// Acceptor.AppendState.
func (i *Initiator) AppendState(dst []byte) []byte {
	flags := bit(i.opened, flagOpened) | bit(i.closed, flagClosed) | bit(i.mute, flagMute)
	dst = appendCommon(dst, i.state, flags, i.name, i.verdict)
	if i.state == Final {
		return dst
	}
	return i.scan.AppendState(dst)
}

// Restore makes i go on from a state.
func (i *Initiator) Restore(cfg *InitiateConfig, state []byte) error {
	r := reader{rest: state}
	c := r.common()
	*i = Initiator{
		cfg: cfg, state: c.state, name: c.name, verdict: c.verdict,
		opened: c.flags&flagOpened != 0, closed: c.flags&flagClosed != 0, mute: c.flags&flagMute != 0,
	}
	return r.finish(c.state, &i.scan, &cfg.Scan)
}

// common is what the states of both machines begin with.
type common struct {
	state   State
	flags   byte
	name    string
	verdict *Verdict
}

func appendCommon(dst []byte, s State, flags byte, name string, v *Verdict) []byte {
	flags |= bit(v != nil, flagVerdict)
	dst = appendString(append(dst, exportVersion, byte(s), flags), name)
	if v != nil {
		dst = appendString(appendString(dst, string(v.Condition)), v.Text)
	}
	return dst
}

func bit(set bool, b byte) byte {
	if set {
		return b
	}
	return 0
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// reader reads a state. After the first fault it returns zeros.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) common() (c common) {
	if r.byte() != exportVersion {
		r.bad = true
	}
	c.state, c.flags, c.name = State(r.byte()), r.byte(), r.string()
	if c.flags&flagVerdict != 0 {
		c.verdict = &Verdict{xmlscan.Condition(r.string()), r.string()}
	}
	if c.state > Final {
		r.bad = true
	}
	return c
}

// finish reads the scanner's part, which a stream that has ended does not have.
func (r *reader) finish(s State, scan *xmlscan.Scanner, cfg *xmlscan.Config) error {
	if r.bad || s == Final && len(r.rest) > 0 {
		return ErrState
	}
	if s == Final {
		return nil
	}
	if err := scan.InitFrom(cfg, r.rest); err != nil {
		return errors.Join(ErrState, err)
	}
	return nil
}

func (r *reader) byte() byte {
	if r.bad || len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) string() string {
	n, k := binary.Uvarint(r.rest)
	if r.bad || k <= 0 || n > uint64(len(r.rest)-k) {
		r.bad = true
		return ""
	}
	s := string(r.rest[k:][:n])
	r.rest = r.rest[k+int(n):]
	return s
}
