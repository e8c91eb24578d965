// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	startTimeout = 30 * time.Second // ejabberd takes several on a small machine
	stopTimeout  = 5 * time.Second
)

// Secret is that of every component in all generated configurations.
const Secret = "secret"

// Site is where and for whom a server is to run.
type Site struct {
	Dir   string   // its own, empty
	Names []string // of the components, where a server must be told them
}

// Server is a server that runs.
type Server struct {
	Name   string
	Addr   string
	PIDs   []int
	Config string // the configuration it was started with; may be empty
	// Metrics is where a weir's are; empty for others.
	Metrics string
	stop    []func() error
}

// Stop ends the server's processes, in the reverse order of their start.
func (s *Server) Stop() error {
	var errs []error
	for i := len(s.stop) - 1; i >= 0; i-- {
		errs = append(errs, s.stop[i]())
	}
	s.stop = nil
	return errors.Join(errs...)
}

// process describes one process of a server.
type process struct {
	name string
	args []string
	env  []string // beside that of this process
	port int      // it must listen on this port of 127.0.0.1 before it counts as started
}

// start runs a process in its own group and waits until it listens.
func (s *Server) start(ctx context.Context, dir string, p process) error {
	log, err := os.Create(filepath.Join(dir, p.name+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(os.Environ(), p.env...)
	// Its children end with it, and an interrupt on the terminal is ours to handle.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait(); close(ended) }()
	s.PIDs = append(s.PIDs, cmd.Process.Pid)
	s.stop = append(s.stop, func() error { return end(cmd.Process.Pid, p.name, ended) })
	return p.listening(ctx, log.Name(), ended)
}

// listening waits until the process accepts connections.
func (p *process) listening(ctx context.Context, log string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", p.port))
		if err == nil {
			return c.Close()
		}
		select {
		case <-ended:
			return fmt.Errorf("%s ended at once: %s", p.name, tail(log))
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen on port %d: %w; %s", p.name, p.port, ctx.Err(), tail(log))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// end asks the process group to end, and insists after a while.
func end(pid int, name string, ended <-chan error) error {
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(stopTimeout):
	}
	// What is left of the group, or the process that did not listen.
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	select {
	case <-ended:
		return nil
	case <-time.After(stopTimeout):
		return fmt.Errorf("%s, process %d, does not end", name, pid)
	}
}

// tail gives the end of a log, for an error.
func tail(path string) string {
	const most = 600
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-most):])
}

// freePort finds a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// configure writes a configuration file of the server.
func (s *Server) configure(dir, name, text string) (path string, err error) {
	s.Config = text
	path = filepath.Join(dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}
