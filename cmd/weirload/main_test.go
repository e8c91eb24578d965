// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"weir/bench/benchtest"
	"weir/internal/freeport"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"weirload": main, "wrongserver": wrongServer})
}

// wrongServer is a program of the scripts: `wrongserver FAULT` is a server of
// package benchtest as a process of its own, which can be restarted. It keeps its
// address in the file addr and its process id in the file pid.
func wrongServer() {
	addr, err := os.ReadFile("addr")
	if err != nil {
		var port int
		port, err = freeport.Next() // nobody takes it while there is none of these servers
		addr = fmt.Appendf(nil, "127.0.0.1:%d", port)
	}
	var s *benchtest.Server
	if err == nil {
		s, err = benchtest.StartAt(string(addr), benchtest.Fault(os.Args[1]))
	}
	if err == nil {
		err = errors.Join(os.WriteFile("addr", []byte(s.Addr()), 0o600), os.WriteFile("pid", []byte(strconv.Itoa(os.Getpid())), 0o600))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	time.Sleep(time.Minute) // a script that fails leaves it behind
}

// The scripts have one command more: `server FAULT` starts a server of package
// benchtest and puts its address into $ADDR.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server": func(ts *testscript.TestScript, neg bool, args []string) {
				s, err := benchtest.Start(benchtest.Fault(args[0]))
				ts.Check(err)
				ts.Defer(s.Close)
				ts.Setenv("ADDR", s.Addr())
			},
		},
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
	})
}
