// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = 30 * time.Second // process start to the last listening line; a race build on a busy machine needs seconds
	stopTimeout  = 20 * time.Second // TERM to exit; longer than any drain that a test configures
)

// Weir is one running weir process. Safe for concurrent use.
type Weir struct {
	t      testing.TB
	config string
	file   string // path of the configuration file
	cmd    *exec.Cmd
	log    *outputLog
	addrs  []string
	exited chan struct{}
	stop   sync.Once
	status int
	pid    int // of the process that serves: another one after an upgrade
}

// StartWeir writes config to a file, starts `weir serve` on it and returns when all its component listeners listen. Ports in
// config are 0; Addr tells what was bound. At the end of the test weir is stopped, its exit status is checked to be 0 and its
// log to hold none of config's secrets; the log is printed if the test has failed.
func StartWeir(t testing.TB, config string) *Weir {
	t.Helper()
	w := startWeir(t, config)
	listeners := len(listenerTable.FindAllString(config, -1))
	if !w.log.wait(startTimeout, func(out string) bool { w.addrs = listening(out); return len(w.addrs) >= listeners }) {
		t.Fatalf("weir did not say that its %d listeners listen; bound so far: %v", listeners, w.addrs)
	}
	if _, driver := onDriver(config); driver != "" {
		w.WaitLog(`"msg":"event loops","driver":"` + driver + `"`) // and did not take another one
	}
	return w
}

// listenerTable finds the listeners of a configuration, and not those in a comment.
var listenerTable = regexp.MustCompile(`(?m)^\s*\[\[listen\.component\]\]`)

// StartWeirToFail starts weir on a configuration on which it must give up by itself, and returns its exit status and output.
func StartWeirToFail(t testing.TB, config string) (status int, output string) {
	t.Helper()
	w := startWeir(t, config)
	select {
	case <-w.exited:
	case <-time.After(startTimeout):
		t.Fatal("weir still runs on a configuration that it should refuse")
	}
	return w.Wait(), w.Log()
}

func startWeir(t testing.TB, config string) *Weir {
	t.Helper()
	w := &Weir{t: t, config: config, log: newOutputLog(), exited: make(chan struct{}), file: filepath.Join(t.TempDir(), "weir.toml")}
	w.WriteConfig(config)
	w.cmd = exec.Command(Binary(t, "weir"), "serve", "-config", w.file, "-log-format", "json")
	w.cmd.Stdout, w.cmd.Stderr = w.log, w.log
	// The race detector would wait a second at each exit for races that other threads still report.
	w.cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	// A test binary that is killed must not leave servers behind.
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.pid = w.cmd.Process.Pid
	go w.reap()
	t.Cleanup(w.finish)
	return w
}

// reap is the only one who waits for the process.
func (w *Weir) reap() {
	err := w.cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		w.status = exit.ExitCode()
	case err != nil:
		w.status = -1
	}
	w.log.end()
	close(w.exited)
}

// listening returns the addresses of the log's listening lines, in their order.
func listening(output string) []string {
	var addrs []string
	for _, r := range records(output) {
		if !strings.HasPrefix(r.Text("msg"), "listening") {
			continue
		}
		if a, err := netip.ParseAddrPort(r.Text("addr")); err == nil && a.Port() != 0 {
			addrs = append(addrs, a.String())
		}
	}
	return addrs
}

// Addr is the address of the first listener; AddrOf(i) of the i-th, in the configuration's order.
func (w *Weir) Addr() string { return w.AddrOf(0) }

// AddrOf is the address the i-th listener of the configuration is bound to.
func (w *Weir) AddrOf(i int) string { return w.addrs[i] }

// PID is the process id of weir.
func (w *Weir) PID() int { return w.pid }

// Log is everything weir has written so far.
func (w *Weir) Log() string { return w.log.String() }

// WaitLog waits for a line of the log that matches the pattern.
func (w *Weir) WaitLog(pattern string) {
	w.t.Helper()
	w.WaitLogSince(0, pattern)
}

// WaitLogSince is WaitLog for what is behind the first so many bytes of the log.
func (w *Weir) WaitLogSince(seen int, pattern string) {
	w.t.Helper()
	re := regexp.MustCompile(pattern)
	if !w.log.wait(expectTimeout, func(log string) bool { return re.MatchString(log[seen:]) }) {
		w.t.Fatalf("weir's log has no line that matches %s", pattern)
	}
}

// WriteConfig replaces the configuration file; weir reads it on the next SIGHUP.
func (w *Weir) WriteConfig(config string) {
	w.t.Helper()
	config, _ = onDriver(config)
	if err := os.WriteFile(w.file, []byte(config), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// Config is the configuration weir was started with.
func (w *Weir) Config() string { return w.config }

// Signal sends weir a signal and does not wait for what comes of it.
func (w *Weir) Signal(s syscall.Signal) {
	w.t.Helper()
	if err := syscall.Kill(w.pid, s); err != nil {
		w.t.Fatal(err)
	}
}

// Wait waits for the end of a weir that has been told to stop, and returns its exit status; -1 means ended by a signal.
func (w *Weir) Wait() int {
	w.t.Helper()
	w.stop.Do(w.awaitExit)
	return w.status
}

// Stop ends weir with TERM and checks that it leaves with exit status 0. The end of the test does it too, unless it is done.
func (w *Weir) Stop() {
	w.t.Helper()
	w.stop.Do(func() {
		_ = syscall.Kill(w.pid, syscall.SIGTERM)
		w.awaitExit()
		if w.status != 0 {
			w.t.Errorf("weir's exit status is %d, want 0", w.status)
		}
	})
}

func (w *Weir) awaitExit() {
	w.t.Helper()
	select {
	case <-w.exited:
	case <-time.After(stopTimeout):
		w.t.Errorf("weir still runs %v after it was told to stop: aborted", stopTimeout)
		_ = syscall.Kill(w.pid, syscall.SIGABRT) // so that its log shows the goroutines
		<-w.exited
	}
}

// finish ends what the test left running, checks the log, and shows it when it is of use.
func (w *Weir) finish() {
	w.Stop()
	log := w.Log()
	for _, secret := range secretsOf(w.config) {
		if strings.Contains(log, secret) {
			w.t.Errorf("weir's log holds the secret %q", secret)
		}
	}
	// A panic while an event is handled costs one connection only, which a test on another one would not notice.
	if strings.Contains(log, "panic") {
		w.t.Error("weir has panicked")
	}
	if w.t.Failed() {
		w.t.Logf("weir's log:\n%s", log)
	}
}
