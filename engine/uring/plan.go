// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// switchOff is the environment variable that, set to anything, makes this
// package behave as on a kernel without io_uring.
const switchOff = "WEIR_NO_IO_URING"

const (
	// requestsMax is how many requests go into one entry of the kernel. More
	// that are wanted at once take another entry.
	requestsMax = 512
	// completionsMax is how many completions fit before the kernel has to keep
	// them aside: rather more than one entry of it brings.
	completionsMax = 4096
)

// plan is one kind of ring.
type plan struct {
	missing       string // what the kernel lacks that the best kind needs
	flags         uint32
	requests      uint32
	completions   uint32
	buffers, size int
	inc           bool
	pollFirst     bool // for tests: a receive waits before it looks, see hangup.go
}

// plans are the kinds of rings, best first. A kernel that does not know one
// answers EINVAL, and the next is tried.
//
// Buffers that are filled piece by piece are large: a receive of a few bytes
// costs only these. One entry of the kernel receives for some 20 sockets, so 1 MB
// in all is room for 48 KB from each. Between half of that and 4 MB no difference
// was to be measured, floods being read apart (flood.go); less is less that may
// come late. The others are taken whole, so there must be more of them for many
// small receives, and a stream makes do with less at a time.
func plans() []plan {
	const deferred = setupSingleIssuer | setupDeferTaskrun
	inc := plan{requests: requestsMax, completions: completionsMax, buffers: 8, size: 128 << 10, inc: true}
	whole := plan{requests: requestsMax, completions: completionsMax, buffers: 256, size: 16 << 10}
	with := func(p plan, flags uint32, missing ...string) plan {
		p.flags, p.missing = flags, strings.Join(missing, ", ")
		return p
	}
	const (
		noInc   = "incremental buffers (Linux 6.12)"
		noArray = "queues without an index (6.6)"
		noDefer = "deferred task work (6.1)"
	)
	return []plan{
		with(inc, deferred|setupNoSQArray),
		with(whole, deferred|setupNoSQArray, noInc),
		with(whole, deferred, noInc, noArray),
		with(whole, setupSingleIssuer|setupCoopTaskrun, noInc, noArray, noDefer),
	}
}

// bytes is how much the ring's buffers hold.
func (p *plan) bytes() int { return p.buffers * p.size }

// streamLen is the length to ask a multishot receive for. A buffer that is
// filled piece by piece is larger than what a Data call may bring; kernels that
// have no such buffers know no length here either, and take a whole buffer.
func (p *plan) streamLen() uint32 {
	if p.inc {
		return driver.ReadBytes
	}
	return 0
}

// full is the most that one receive of a stream can bring.
func (p *plan) full() int { return min(p.size, driver.ReadBytes) }

// New opens n drivers, one for each loop of an engine, on the best kind of ring
// that this kernel makes. The error is, or wraps, one of this package's when
// the reason is known.
func New(n int) ([]driver.Driver, error) {
	if os.Getenv(switchOff) != "" {
		return nil, ErrSwitchedOff
	}
	return openBest(n, plans())
}

// openBest opens n drivers of the first kind that can be made.
func openBest(n int, kinds []plan) ([]driver.Driver, error) {
	err := error(ErrUnsupported)
	for _, p := range kinds {
		var out []driver.Driver
		if out, err = openAll(n, p); err == nil {
			return out, nil
		}
		if !errors.Is(err, unix.EINVAL) {
			break
		}
	}
	return nil, explain(err)
}

// openAll opens n drivers of one kind.
func openAll(n int, p plan) ([]driver.Driver, error) {
	out := make([]driver.Driver, 0, n)
	for range n {
		d, err := open(p)
		if err != nil {
			for _, opened := range out {
				opened.(*Driver).close()
			}
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// explain gives an error of io_uring_setup its meaning.
func explain(err error) error {
	switch {
	case errors.Is(err, ErrUnsupported):
		return err
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	return fmt.Errorf("uring: opening a loop: %w", err)
}
