// SPDX-License-Identifier: Apache-2.0

package upgrade

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// variable tells the new process which descriptor is its end of the pipe.
const variable = "WEIR_UPGRADE_FD"

// childFD is that descriptor: the first behind the standard three.
const childFD = 3

// Command is how the new one is started.
type Command struct {
	Binary string
	Args   []string // without the program's own name
	Env    []string
}

// Child is the new process as the old one sees it.
type Child struct {
	*Pipe
	PID    int
	proc   *os.Process
	exited chan struct{}
}

// Start starts the new process.
func Start(c Command) (*Child, error) {
	ours, theirs, err := pair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command(c.Binary, c.Args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Env = append(slices.DeleteFunc(slices.Clone(c.Env), isVariable), variable+"="+strconv.Itoa(childFD))
	if err := cmd.Start(); err != nil {
		_ = ours.Close()
		return nil, fmt.Errorf("upgrade: starting the new program: %w", err)
	}
	child := &Child{Pipe: NewPipe(ours), PID: cmd.Process.Pid, proc: cmd.Process, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // it has said itself how it ended
		close(child.exited)
	}()
	return child, nil
}

func isVariable(v string) bool { return strings.HasPrefix(v, variable+"=") }

// Kill ends the new process and returns when it is gone.
func (c *Child) Kill() {
	_ = c.proc.Kill() // it may be gone already
	<-c.exited
}

// pair is a connected pair of local sockets: our end and the one to be inherited.
func pair() (*net.UnixConn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "upgrade")
	ours, err := connOf(fds[0])
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

func connOf(fd int) (*net.UnixConn, error) {
	f := os.NewFile(uintptr(fd), "upgrade")
	defer f.Close() // FileConn has made a duplicate
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("upgrade: %w", err)
	}
	u, ok := conn.(*net.UnixConn)
	if !ok {
		_ = conn.Close()
		return nil, errNoPipe
	}
	return u, nil
}

var errNoPipe = errors.New("upgrade: " + variable + " is no local socket")

// Inherited is the pipe to the process whose place we are to take; nil if nobody
// has started us for that. It takes the variable out of the environment: what we
// might start is not our successor.
func Inherited() (*Pipe, error) {
	text, ok := os.LookupEnv(variable)
	if !ok {
		return nil, nil
	}
	if err := os.Unsetenv(variable); err != nil {
		return nil, err
	}
	fd, err := strconv.Atoi(text)
	if err != nil || fd < childFD {
		return nil, errNoPipe
	}
	unix.CloseOnExec(fd)
	conn, err := connOf(fd)
	if err != nil {
		return nil, err
	}
	return NewPipe(conn), nil
}
