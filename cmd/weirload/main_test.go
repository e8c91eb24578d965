// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"weir/bench/benchtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"weirload": main})
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
