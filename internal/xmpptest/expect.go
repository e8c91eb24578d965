// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	clipBytes = 400                  // how much of an unexpected text a message shows
	pollTime  = 2 * time.Millisecond // how long a look at what has come may take
)

// Expect receives exactly these bytes, in however many segments they come.
func (p *Peer) Expect(want string) {
	p.t.Helper()
	for len(p.buf) < len(want) {
		if !strings.HasPrefix(want, string(p.buf)) {
			break
		}
		if err := p.fill(time.Now().Add(expectTimeout)); err != nil {
			p.t.Fatalf("%s: received %s and then: %v; want %s", p.Name, clip(string(p.buf)), err, clip(want))
		}
	}
	if !strings.HasPrefix(string(p.buf), want) {
		p.t.Fatalf("%s: received %s\nwant %s", p.Name, clip(string(p.buf)), clip(want))
	}
	p.buf = p.buf[len(want):]
}

// ExpectMatch receives until the pattern matches at the very beginning of what has come, takes the match away and returns it
// with its submatches. The pattern must be one that cannot match a part of what it stands for.
func (p *Peer) ExpectMatch(pattern string) []string {
	p.t.Helper()
	re := regexp.MustCompile(`^(?:` + pattern + `)`)
	deadline := time.Now().Add(expectTimeout)
	for {
		if m := re.FindStringSubmatch(string(p.buf)); m != nil {
			p.buf = p.buf[len(m[0]):]
			return m
		}
		if err := p.fill(deadline); err != nil {
			p.t.Fatalf("%s: received %s and then: %v\nwant %s", p.Name, clip(string(p.buf)), err, pattern)
		}
	}
}

// ExpectHeader receives weir's stream header for name, to the byte, and remembers the stream id. An empty name stands for a
// header that names nobody.
func (p *Peer) ExpectHeader(name string) {
	p.t.Helper()
	m := p.ExpectMatch(headerPattern(name))
	p.ID = m[1]
}

// ExpectHeaderError receives a header that names nobody (or, with maybeNamed, perhaps somebody: the specification leaves that open
// when a header is wrong in another way than by its name), and then what ExpectStreamError does.
func (p *Peer) ExpectHeaderError(condition string, maybeNamed bool) {
	p.t.Helper()
	header := headerPattern("")
	if maybeNamed {
		header = strings.Replace(header, " id=", "(?: from='[a-z.]+')? id=", 1)
	}
	p.ExpectMatch(header)
	p.ExpectStreamError(condition)
}

// ExpectStreamError receives a stream error with the condition, with or without a text, then weir's trailer and the end of the
// file, and nothing else.
func (p *Peer) ExpectStreamError(condition string) {
	p.t.Helper()
	p.ExpectMatch(streamErrorPattern(condition, `(?:`+anyText+`)?`))
	p.ExpectClosed()
}

// ExpectStreamErrorWhileSending is ExpectStreamError for a peer that goes on sending: what it sends must be thrown away.
func (p *Peer) ExpectStreamErrorWhileSending(condition, more string) {
	p.t.Helper()
	_ = p.TrySend(more) // the connection may be closed by now
	p.ExpectStreamError(condition)
}

// ExpectStreamErrorWithText is ExpectStreamError with a text, whatever it is.
func (p *Peer) ExpectStreamErrorWithText(condition string) {
	p.t.Helper()
	p.ExpectMatch(streamErrorPattern(condition, anyText))
	p.ExpectClosed()
}

// ExpectStreamErrorText is ExpectStreamError with a text that must be exactly this one.
func (p *Peer) ExpectStreamErrorText(condition, text string) {
	p.t.Helper()
	p.ExpectMatch(streamErrorPattern(condition, strings.Replace(anyText, `[^<]+`, regexp.QuoteMeta(text), 1)))
	p.ExpectClosed()
}

// ExpectClosed receives the end of the file, with no byte before it. A reset is a failure: it may destroy what was sent last.
func (p *Peer) ExpectClosed() {
	p.t.Helper()
	err := p.fill(time.Now().Add(expectTimeout))
	switch {
	case len(p.buf) > 0:
		p.t.Fatalf("%s: received %s, want the end of the file", p.Name, clip(string(p.buf)))
	case errors.Is(err, io.EOF):
	case errors.Is(err, syscall.ECONNRESET):
		p.t.Fatalf("%s: the connection was reset, want the end of the file", p.Name)
	default:
		p.t.Fatalf("%s: want the end of the file: %v", p.Name, err)
	}
}

// Sync proves that nothing else is on its way: the peer sends a message to its own name and what it receives next must be that
// message. Stanzas that weir answers or routes at once come before it, because order holds on a connection.
func (p *Peer) Sync() {
	p.t.Helper()
	p.SyncAfter("")
}

// SyncAfter is Sync for a peer that may have been sent perhaps, exactly so, or nothing.
func (p *Peer) SyncAfter(perhaps string) {
	p.t.Helper()
	// With a language of its own it comes back as it was, whatever the peer's header says.
	m := fmt.Sprintf("<message xml:lang='en' from='sync@%s' to='sync@%s' id='sync-%d'/>", p.Name, p.Name, time.Now().UnixNano())
	p.Send(m)
	p.ExpectMatch(`(?:` + regexp.QuoteMeta(perhaps) + `)?` + regexp.QuoteMeta(m))
}

// Received tells whether something has come, without waiting for it.
func (p *Peer) Received() bool {
	if len(p.buf) == 0 {
		_ = p.fill(time.Now().Add(pollTime)) // the deadline, mostly; an end shows in the next expectation
	}
	return len(p.buf) > 0
}

// ExpectNothingYet fails if something has come by now. It cannot prove that nothing is on its way: use Sync where that is possible.
func (p *Peer) ExpectNothingYet() {
	p.t.Helper()
	if p.Received() {
		p.t.Fatalf("%s: received %s, want nothing yet", p.Name, clip(string(p.buf)))
	}
	if p.ended != nil {
		p.t.Fatalf("%s: want nothing yet: %v", p.Name, p.ended)
	}
}

// ReadAll receives everything up to the end of the file or the reset, and says which of the two it was.
func (p *Peer) ReadAll() (received string, reset bool) {
	p.t.Helper()
	deadline := time.Now().Add(expectTimeout)
	for {
		err := p.fill(deadline)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			p.t.Fatalf("%s: received %s and then nothing, want the end", p.Name, clip(string(p.buf)))
		}
		if err != nil {
			received, p.buf = string(p.buf), nil
			return received, errors.Is(err, syscall.ECONNRESET)
		}
	}
}

// Collect reads everything up to the end in the background, so that the peer never stands in weir's way; the function it returns
// waits for the end. Until then the peer expects nothing else.
func (p *Peer) Collect() (wait func() (received string, reset bool)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for p.fill(time.Now().Add(expectTimeout)) == nil {
		}
	}()
	return func() (string, bool) {
		p.t.Helper()
		<-done
		return p.ReadAll()
	}
}

// fill reads once into the buffer. Its error is sticky unless it was the deadline.
func (p *Peer) fill(deadline time.Time) error {
	if p.ended != nil {
		return p.ended
	}
	if err := p.conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	var chunk [32 << 10]byte
	n, err := p.conn.Read(chunk[:])
	p.buf = append(p.buf, chunk[:n]...)
	if n > 0 {
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("nothing more in time: %w", err)
	}
	p.ended = err
	return err
}

// clip quotes a text for a message and cuts it in the middle when it is long.
func clip(s string) string {
	if len(s) > clipBytes {
		return fmt.Sprintf("%q … %q (%d bytes)", s[:clipBytes/2], s[len(s)-clipBytes/2:], len(s))
	}
	return strconv.Quote(s)
}
