// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"weir": main})
}

// The scripts have five commands more:
//
//	exits CODE COMMAND …         runs COMMAND, which must end with CODE
//	signal HUP|INT|TERM|USR2     to the command last put into the background
//	waitfor FILE REGEXP          waits until a line of FILE matches; puts the
//	                             first group, if there is one, into $FOUND
//	manager FILE                 listens on $NOTIFY_SOCKET and writes what it is
//	                             told to FILE
//	talk ADDR                    opens a stream as a component and reads the header
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		Cmds:                commands(),
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	}
	if neg || strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func send(ts *testscript.TestScript, neg bool, args []string) {
	running := ts.BackgroundCmds()
	sig := map[string]os.Signal{"HUP": unix.SIGHUP, "INT": unix.SIGINT, "TERM": unix.SIGTERM, "USR2": unix.SIGUSR2}[args[0]]
	if neg || sig == nil || len(running) == 0 {
		ts.Fatalf("usage: signal HUP|INT|TERM|USR2, with a command in the background")
	}
	ts.Check(running[len(running)-1].Process.Signal(sig))
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits":   exits,
		"signal":  send,
		"waitfor": waitfor,
		"manager": manager,
		"talk":    talk,
	}
}

const patience = 20 * time.Second

func waitfor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor FILE REGEXP")
	}
	file, re := ts.MkAbs(args[0]), regexp.MustCompile(args[1])
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		text, _ := os.ReadFile(file)
		if found := re.FindSubmatch(text); found != nil {
			if len(found) > 1 {
				ts.Setenv("FOUND", string(found[1]))
			}
			return
		}
	}
	text, _ := os.ReadFile(file)
	ts.Fatalf("%s never matched %s:\n%s", args[0], args[1], text[max(0, len(text)-4096):])
}

func manager(ts *testscript.TestScript, neg bool, args []string) {
	addr := &net.UnixAddr{Name: ts.Getenv("NOTIFY_SOCKET"), Net: "unixgram"}
	conn, err := net.ListenUnixgram("unixgram", addr)
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	var done sync.WaitGroup
	done.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			fmt.Fprintf(file, "%s;\n", strings.ReplaceAll(string(buf[:n]), "\n", " "))
		}
	})
	ts.Defer(func() { conn.Close(); done.Wait(); file.Close() })
}

func talk(ts *testscript.TestScript, neg bool, args []string) {
	conn, err := net.DialTimeout("tcp", args[0], patience)
	if neg {
		if err == nil {
			conn.Close()
			ts.Fatalf("%s accepts a connection", args[0])
		}
		return
	}
	ts.Check(err)
	ts.Defer(func() { conn.Close() })
	ts.Check(conn.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprint(conn, "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='a.example'>")
	ts.Check(err)
	buf := make([]byte, 4096)
	n, err := conn.Read(buf)
	ts.Check(err)
	if !strings.Contains(string(buf[:n]), "from='a.example'") {
		ts.Fatalf("%s answers %q", args[0], buf[:n])
	}
}
