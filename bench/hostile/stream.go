// SPDX-License-Identifier: Apache-2.0

package hostile

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"time"

	"weir/bench/traffic"
)

// Outcome is how a stream ended.
type Outcome string

const (
	Ended   Outcome = "ended"   // the server said why and closed
	Closed  Outcome = "closed"  // the server closed without a word
	Kept    Outcome = "kept"    // the server kept it until we left
	Left    Outcome = "left"    // we left, as the kind wants it
	Refused Outcome = "refused" // it did not come so far: no connection, or no handshake
)

// Target is who is asked to bear it.
type Target struct {
	Addr, Secret string
	TLS          *tls.Config // nil: plain
	Victim       string      // the address of a good component
	// Patience is how long a stream waits for the server to end it.
	Patience time.Duration
}

// heardMax is how much of what the server says is kept.
const heardMax = 16 << 10

var errRefused = errors.New("refused")

// stream is one of them.
type stream struct {
	conn  net.Conn
	heard []byte
}

// Run makes one stream of a kind under a name, and says how it ended; why is the
// stream error's condition, if there was one.
func (t *Target) Run(ctx context.Context, k Kind, name string) (o Outcome, why string) {
	ctx, cancel := context.WithTimeout(ctx, 2*t.Patience)
	defer cancel()
	var d net.Dialer
	plain, err := d.DialContext(ctx, "tcp", t.Addr)
	if err != nil {
		return Refused, ""
	}
	defer plain.Close()
	stop := context.AfterFunc(ctx, func() { _ = plain.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	conn := plain
	if t.TLS != nil {
		conn = tls.Client(plain, t.TLS)
	}
	s := &stream{conn: conn}
	if k.login {
		if err := s.login(name, t.Secret); err != nil {
			return Refused, condition(s.heard)
		}
	}
	// The server may close in the middle of it; what it said is still to be read.
	_, _ = conn.Write(k.bytes("x@"+name+"/x", t.Victim))
	if k.tail != nil {
		_, _ = conn.Write(k.tail())
	}
	if k.leave {
		return Left, ""
	}
	_ = conn.SetReadDeadline(time.Now().Add(t.Patience))
	err = s.listen(func() bool { return false })
	why = condition(s.heard)
	switch {
	case isTimeout(err):
		return Kept, why
	case why != "":
		return Ended, why
	}
	return Closed, ""
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// login opens the stream as any component does (XEP-0114 §3).
func (s *stream) login(name, secret string) error {
	if _, err := fmt.Fprintf(s.conn, header, name); err != nil {
		return err
	}
	end, id := 0, ""
	if err := s.listen(func() bool {
		end, id, _ = traffic.SplitHeader(s.heard)
		return end > 0
	}); err != nil {
		return err
	}
	sum := sha1.Sum([]byte(id + secret))
	if _, err := fmt.Fprintf(s.conn, "<handshake>%s</handshake>", hex.EncodeToString(sum[:])); err != nil {
		return err
	}
	if err := s.listen(func() bool { return bytes.IndexByte(s.heard[end:], '>') >= 0 }); err != nil {
		return err
	}
	if !bytes.Contains(s.heard[end:], []byte("<handshake")) {
		return errRefused
	}
	s.heard = s.heard[:0]
	return nil
}

// listen reads until there is enough, or the end.
func (s *stream) listen(enough func() bool) error {
	b := make([]byte, 4<<10)
	for !enough() {
		n, err := s.conn.Read(b)
		if len(s.heard) < heardMax {
			s.heard = append(s.heard, b[:n]...)
		}
		if err == io.EOF && enough() {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var streamError = regexp.MustCompile(`<(?:[a-z]+:)?error[^>]*>\s*<([a-z-]+)[^>]*urn:ietf:params:xml:ns:xmpp-streams`)

// condition finds the condition of a stream error.
func condition(heard []byte) string {
	if m := streamError.FindSubmatch(heard); m != nil {
		return string(m[1])
	}
	return ""
}
