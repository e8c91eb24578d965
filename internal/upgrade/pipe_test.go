// SPDX-License-Identifier: Apache-2.0

package upgrade

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine"
)

func pipes(t *testing.T) (a, b *Pipe) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*Pipe
	for i, fd := range fds {
		conn, err := connOf(fd)
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = NewPipe(conn)
		if err := ends[i].Deadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ends[i].Close() })
	}
	return ends[0], ends[1]
}

// Every message comes with its own descriptors, whatever their sizes and number.
func TestPipeKeepsDescriptorsWithTheirMessages(t *testing.T) {
	const n = 700
	a, b := pipes(t)
	sent := make(chan error, 1)
	go func() {
		for i := range n {
			var files []*os.File
			var fds []int
			for k := range i % 4 {
				r, w, err := os.Pipe()
				if err != nil {
					sent <- err
					return
				}
				fmt.Fprintf(w, "%d.%d", i, k)
				_ = w.Close()
				files, fds = append(files, r), append(fds, int(r.Fd()))
			}
			m := &Message{Stream: &Stream{Conn: engine.State{ID: uint32(i), Units: []engine.Unit{{Bytes: bytes.Repeat([]byte("x"), i*i%100_000)}}}}}
			err := a.Send(m, fds...)
			if err == nil {
				err = a.Flush()
			}
			for _, f := range files {
				_ = f.Close()
			}
			if err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for i := range n {
		m, fds, err := b.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if m.Stream.Conn.ID != uint32(i) || len(fds) != i%4 || len(m.Stream.Conn.Units[0].Bytes) != i*i%100_000 {
			t.Fatalf("message %d is number %d with %d descriptors", i, m.Stream.Conn.ID, len(fds))
		}
		for k, fd := range fds {
			f := os.NewFile(uintptr(fd), "")
			got, err := io.ReadAll(f)
			_ = f.Close()
			if want := fmt.Sprintf("%d.%d", i, k); err != nil || string(got) != want {
				t.Fatalf("descriptor reads %q (%v), not %q", got, err, want)
			}
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

// Descriptors that are gathered for one batch are more than one message may carry.
func TestPipeGathersDescriptors(t *testing.T) {
	a, b := pipes(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	const n = 3 * batchFDs
	fd := int(null.Fd())
	go func() {
		for range n {
			_ = a.Send(&Message{Stream: &Stream{}}, fd)
		}
		_ = a.Say(&Message{Rest: &Rest{}})
	}()
	for i := range n {
		_, fds, err := b.Recv()
		if err != nil || len(fds) != 1 {
			t.Fatalf("message %d: %d descriptors, %v", i, len(fds), err)
		}
		_ = unix.Close(fds[0])
	}
	if m, _, err := b.Recv(); err != nil || m.Rest == nil {
		t.Fatalf("the last message: %+v, %v", m, err)
	}
}

// After Refuse either the other side's word has come, or it can come no more and
// the other side knows.
func TestRefuse(t *testing.T) {
	for name, first := range map[string]bool{"the word came first": true, "the refusal came first": false} {
		t.Run(name, func(t *testing.T) {
			a, b := pipes(t)
			var said error
			if first {
				said = b.Say(&Message{Taken: &Taken{}})
			}
			if err := a.Refuse(); err != nil {
				t.Fatal(err)
			}
			if !first {
				said = b.Say(&Message{Taken: &Taken{}})
			}
			m, _, err := a.Recv()
			heard := err == nil && m.Taken != nil
			if heard != (said == nil) || heard != first {
				t.Errorf("said: %v, heard: %v (%v)", said, heard, err)
			}
		})
	}
}

// A deadline is an error, whatever is being waited for.
func TestPipeDeadline(t *testing.T) {
	a, _ := pipes(t)
	if err := a.Deadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Recv(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestPipeWithoutDescriptors(t *testing.T) {
	a, b := pipes(t)
	if err := a.enc.Encode(&Message{FDs: 1}); err != nil {
		t.Fatal(err)
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Recv(); !errors.Is(err, ErrDescriptors) {
		t.Errorf("%v", err)
	}
}

// One message may have more descriptors than the kernel takes at once: the offer has as many as there are listening sockets.
func TestPipeTakesManyDescriptorsWithOneMessage(t *testing.T) {
	a, b := pipes(t)
	for _, n := range []int{batchFDs - 1, batchFDs, batchFDs + 1, 3*batchFDs + 7} {
		sent := make(chan error, 1)
		go func() {
			fds := make([]int, n)
			for i := range fds {
				fds[i] = int(os.Stdin.Fd())
			}
			sent <- errors.Join(a.Send(&Message{Offer: &Offer{Sockets: []Socket{{Kind: ForComponents, FDs: n}}}}, fds...), a.Flush())
		}()
		_, fds, err := b.Recv()
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
		if err != nil || len(fds) != n {
			t.Fatalf("%d descriptors: %d came: %v", n, len(fds), err)
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
	}
}
