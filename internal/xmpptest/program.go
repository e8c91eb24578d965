// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Program is a running program of somebody else that is driven by lines on its standard input and tells what happens in lines
// on its standard output: a component library at work. It belongs to the goroutine of the test.
type Program struct {
	t      testing.TB
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    *outputLog // standard output
	errors *outputLog // standard error
	read   int        // how much of out the test has looked at
	exited chan struct{}
}

// StartProgram starts the command. At the end of the test its standard input is closed and it is terminated; what it wrote is
// shown if the test has failed.
func StartProgram(t testing.TB, name string, cmd *exec.Cmd) *Program {
	t.Helper()
	p := &Program{t: t, name: name, cmd: cmd, out: newOutputLog(), errors: newOutputLog(), exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.errors
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin = stdin
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // how it ends is the program's own business: the test judges what it said
		p.out.end()
		p.errors.end()
		close(p.exited)
	}()
	t.Cleanup(p.finish)
	return p
}

// Do sends one command: the fields with tabs between them.
func (p *Program) Do(fields ...string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.stdin, strings.Join(fields, "\t")); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// Expect waits for the line made of these fields. Lines before it are passed over.
func (p *Program) Expect(fields ...string) {
	p.t.Helper()
	want := strings.Join(fields, "\t") + "\n"
	p.expectLine(fmt.Sprintf("the line %q", want), func(line string) bool { return line == want })
}

// ExpectText waits for a line that holds the text. Lines before it are passed over.
func (p *Program) ExpectText(text string) {
	p.t.Helper()
	p.expectLine(fmt.Sprintf("a line with %q", text), func(line string) bool { return strings.Contains(line, text) })
}

func (p *Program) expectLine(want string, matches func(line string) bool) {
	p.t.Helper()
	found := p.out.wait(expectTimeout, func(out string) bool {
		from := p.read
		for line := range strings.Lines(out[p.read:]) {
			from += len(line)
			if strings.HasSuffix(line, "\n") && matches(line) {
				p.read = from
				return true
			}
		}
		return false
	})
	if !found {
		p.t.Fatalf("%s (%s): wrote %s\nwant %s", p.name, p.state(), clip(p.out.String()[p.read:]), want)
	}
}

// state tells whether the program still runs, and how it ended.
func (p *Program) state() string {
	select {
	case <-p.exited:
		return "ended: " + p.cmd.ProcessState.String()
	default:
		return "running"
	}
}

// Output is everything the program has written on its standard output so far.
func (p *Program) Output() string { return p.out.String() }

// Terminate asks the program to leave (TERM) and waits until it has.
func (p *Program) Terminate() {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(stopTimeout):
		p.t.Errorf("%s still runs %v after TERM: killed", p.name, stopTimeout)
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}

func (p *Program) finish() {
	state := p.state()
	_ = p.stdin.Close()
	p.Terminate()
	if p.t.Failed() {
		p.t.Logf("%s (at the end: %s) wrote:\n%s\nand on standard error:\n%s", p.name, state, p.out, p.errors)
	}
}

// freeze stops the process, or lets it go on.
func (p *Program) freeze(on bool) {
	p.t.Helper()
	signal := syscall.SIGCONT
	if on {
		signal = syscall.SIGSTOP
	}
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
}
