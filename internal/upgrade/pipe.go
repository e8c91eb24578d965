// SPDX-License-Identifier: Apache-2.0

package upgrade

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// batchBytes is what is gathered before it is sent.
	batchBytes = 64 << 10
	// batchFDs is how many descriptors go with one batch: the kernel takes 253.
	batchFDs = 200
	// crowdedPause is what is left to the other side when the kernel has as many
	// descriptors under way as it allows; crowdedMax is how often.
	crowdedPause = time.Millisecond
	crowdedMax   = 5000
)

// ErrDescriptors is returned for a message that came without its descriptors.
var ErrDescriptors = errors.New("upgrade: a message without its descriptors")

// Pipe carries messages, and descriptors with them. Descriptors that were received
// and not yet asked for are closed by Close.
type Pipe struct {
	conn *net.UnixConn
	out  sender
	in   receiver
	enc  *gob.Encoder
	dec  *gob.Decoder
}

// NewPipe makes a pipe of a connected local stream socket.
func NewPipe(conn *net.UnixConn) *Pipe {
	p := &Pipe{conn: conn}
	p.out.conn, p.in.conn = conn, conn
	p.enc = gob.NewEncoder(&p.out)
	p.dec = gob.NewDecoder(bufio.NewReaderSize(&p.in, batchBytes))
	return p
}

// Send queues a message and descriptors, which must stay open until Flush.
func (p *Pipe) Send(m *Message, fds ...int) error {
	m.FDs = len(fds)
	p.out.fds = append(p.out.fds, fds...)
	if err := p.enc.Encode(m); err != nil {
		return fmt.Errorf("upgrade: sending: %w", err)
	}
	if len(p.out.fds) >= batchFDs || len(p.out.buf) >= batchBytes {
		return p.Flush()
	}
	return nil
}

// Flush sends what is queued.
func (p *Pipe) Flush() error { return p.out.flush() }

// Say is Send of a message without descriptors, and Flush.
func (p *Pipe) Say(m *Message) error {
	if err := p.Send(m); err != nil {
		return err
	}
	return p.Flush()
}

// Recv waits for the next message. The descriptors are the caller's.
func (p *Pipe) Recv() (*Message, []int, error) {
	m := new(Message)
	if err := p.dec.Decode(m); err != nil {
		return nil, nil, fmt.Errorf("upgrade: receiving: %w", err)
	}
	if m.FDs < 0 || m.FDs > len(p.in.fds) {
		return nil, nil, ErrDescriptors
	}
	fds := p.in.fds[:m.FDs:m.FDs]
	p.in.fds = p.in.fds[m.FDs:]
	return m, fds, nil
}

// Deadline bounds all that is sent and received from now on; zero for none.
func (p *Pipe) Deadline(t time.Time) error { return p.conn.SetDeadline(t) }

// Refuse has nothing be received any more but what has come already: the other side
// cannot send, and is told so.
func (p *Pipe) Refuse() error {
	return errors.Join(p.conn.SetDeadline(time.Time{}), p.conn.CloseRead())
}

// Close ends the pipe.
func (p *Pipe) Close() error {
	for _, fd := range p.in.fds {
		_ = unix.Close(fd)
	}
	p.in.fds = nil
	return p.conn.Close()
}

// sender gathers bytes and descriptors. The descriptors of a message go with its
// first bytes or before.
type sender struct {
	conn *net.UnixConn
	buf  []byte
	fds  []int
}

func (s *sender) Write(b []byte) (int, error) {
	s.buf = append(s.buf, b...)
	return len(b), nil
}

func (s *sender) flush() error {
	for len(s.buf) > 0 {
		n := min(len(s.fds), batchFDs)
		var rights []byte
		if n > 0 {
			rights = unix.UnixRights(s.fds[:n]...)
		}
		b := s.buf[:min(len(s.buf), batchBytes)]
		if n < len(s.fds) {
			b = b[:1] // what is left needs bytes to come with
		}
		took, err := s.push(b, rights)
		if err != nil {
			return fmt.Errorf("upgrade: sending: %w", err)
		}
		s.fds = s.fds[n:]
		s.buf = s.buf[took:]
	}
	s.buf, s.fds = nil, nil
	return nil
}

// push sends some of b, with rights.
func (s *sender) push(b, rights []byte) (took int, err error) {
	for range crowdedMax {
		took, _, err = s.conn.WriteMsgUnix(b, rights, nil)
		if !errors.Is(err, unix.ETOOMANYREFS) {
			return took, err
		}
		time.Sleep(crowdedPause)
	}
	return took, err
}

// receiver reads bytes and keeps the descriptors that come with them, in order.
type receiver struct {
	conn *net.UnixConn
	fds  []int
	oob  [unix.SizeofCmsghdr + 8*batchFDs]byte
}

func (r *receiver) Read(b []byte) (int, error) {
	n, oobn, flags, _, err := r.conn.ReadMsgUnix(b, r.oob[:])
	if err != nil {
		return max(n, 0), err // -1 is not for an io.Reader to say
	}
	if flags&unix.MSG_CTRUNC != 0 {
		return n, ErrDescriptors
	}
	if err := r.keep(r.oob[:oobn]); err != nil {
		return n, err
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *receiver) keep(oob []byte) error {
	if len(oob) == 0 {
		return nil
	}
	all, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return err
	}
	for i := range all {
		fds, err := unix.ParseUnixRights(&all[i])
		if err != nil {
			return err
		}
		r.fds = append(r.fds, fds...)
	}
	return nil
}
