// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// process describes one process of a server.
type process struct {
	name string
	args []string
	env  []string // beside that of this process
	port int      // it must listen on this port of 127.0.0.1 before it counts as started
}

// running is a process that runs, and that runs again while its server is
// supervised.
type running struct {
	process
	server *Server
	dir    string
	log    string        // its file
	over   chan struct{} // closed when it has ended for good

	mu    sync.Mutex
	pid   int
	ended bool // it is to stay so
}

// start runs a process and waits until it listens.
func (s *Server) start(ctx context.Context, dir string, p process) error {
	r := &running{process: p, server: s, dir: dir, log: filepath.Join(dir, p.name+".log"), over: make(chan struct{})}
	cmd, err := r.run()
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	s.PIDs = append(s.PIDs, cmd.Process.Pid)
	s.processes = append(s.processes, r)
	go r.keep(cmd)
	return r.listening(ctx)
}

// run runs the process once, in its own group.
func (r *running) run() (*exec.Cmd, error) {
	log, err := os.OpenFile(r.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(r.args[0], r.args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.dir, log, log
	cmd.Env = append(os.Environ(), r.env...)
	// Its children end with it, and an interrupt on the terminal is ours to handle.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.pid = cmd.Process.Pid
	r.mu.Unlock()
	return cmd, nil
}

// keep waits for the process, and runs it again if it is supervised.
func (r *running) keep(cmd *exec.Cmd) {
	defer close(r.over)
	for {
		began := time.Now()
		_ = cmd.Wait() // its log says why it ended, whoever wants to know
		if !r.server.supervised.Load() {
			return
		}
		if time.Since(began) < againAfter {
			time.Sleep(againAfter)
		}
		r.mu.Lock()
		ended := r.ended
		r.mu.Unlock()
		if ended {
			return
		}
		next, err := r.run()
		if err != nil {
			return
		}
		cmd = next
	}
}

// listening waits until the process accepts connections.
func (r *running) listening(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", r.port))
		if err == nil {
			return c.Close()
		}
		select {
		case <-r.over:
			return fmt.Errorf("%s ended at once: %s", r.name, tail(r.log))
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen on port %d: %w; %s", r.name, r.port, ctx.Err(), tail(r.log))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// end asks the process group to end, and insists after a while.
func (r *running) end() error {
	r.signal(syscall.SIGTERM)
	select {
	case <-r.over:
	case <-time.After(stopTimeout):
	}
	// What is left of the group, or the process that did not listen.
	pid := r.signal(syscall.SIGKILL)
	select {
	case <-r.over:
		return nil
	case <-time.After(stopTimeout):
		return fmt.Errorf("%s, process %d, does not end", r.name, pid)
	}
}

func (r *running) signal(s syscall.Signal) (pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	_ = syscall.Kill(-r.pid, s)
	return r.pid
}
