// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// exampleScript starts weir on an example and waits for each of its listeners.
const exampleScript = `exec sh -c 'exec weir serve -config weir.toml 2>log' &serve&
waitfor log '(?s)(?:"msg":"listening".*){%d}'
signal TERM
wait serve
-- weir.toml --
%s`

// Every example configuration can be started; its ports are replaced by free
// ones.
func TestExamplesStart(t *testing.T) {
	examples, err := filepath.Glob("../../configs/*.toml")
	if err != nil || len(examples) < 3 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	port := regexp.MustCompile(`(?m)^(\s*)port = \d+`)
	dir := t.TempDir()
	var scripts []string
	for _, name := range examples {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		config := port.ReplaceAllString(string(text), "${1}port = 0")
		config = strings.Replace(config, `loglevel = "warning"`, `loglevel = "info"`, 1) // or we would wait in vain
		listeners := strings.Count(config, "\n[[listen.component]]")
		script := filepath.Join(dir, strings.TrimSuffix(filepath.Base(name), ".toml")+".txt")
		if err := os.WriteFile(script, fmt.Appendf(nil, exampleScript, listeners, config), 0o600); err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, script)
	}
	testscript.Run(t, testscript.Params{Files: scripts, Cmds: commands(), RequireExplicitExec: true})
}
