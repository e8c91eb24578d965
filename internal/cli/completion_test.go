// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// script writes the sample's completion to a file, beside a file result.json.
func script(t *testing.T, shell string) string {
	t.Helper()
	stdout, _, code := ask(t, "completion", shell)
	if code != Good {
		t.Fatalf("exit code %d", code)
	}
	file := filepath.Join(t.TempDir(), "_gate")
	for name, text := range map[string]string{file: stdout, filepath.Join(filepath.Dir(file), "result.json"): ""} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// completions is what stands behind a line, for every shell.
var completions = map[string]string{
	"gate ":                      "completion help kick level man report serve",
	"gate ki":                    "kick",
	"gate serve -":               "-config -for -format -h -n",
	"gate serve -format ":        "json text",
	"gate serve -config res":     "result.json",
	"gate serve -n 4 -config r":  "result.json",
	"gate level ":                "debug info",
	"gate level d":               "debug",
	"gate report r":              "result.json",
	"gate completion ":           "bash fish zsh",
	"gate serve -config x -form": "-format",
}

// The script is asked as bash asks it: by the words of a line and the place of
// the cursor.
func TestBashCompletes(t *testing.T) {
	bash, file := xmpptest.NeedProgram(t, "bash", "Debian package bash"), script(t, "bash")
	for line, want := range completions {
		words := strings.Split(line, " ")
		cmd := exec.Command(bash, "--norc", "-c", `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gate; printf '%s\n' "${COMPREPLY[@]}"`)
		cmd.Args = append(append(cmd.Args, file), words...)
		cmd.Dir = filepath.Dir(file)
		out, err := cmd.CombinedOutput()
		got := strings.Fields(string(out))
		slices.Sort(got)
		if !slices.Contains(strings.Fields(want), "-h") {
			got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "-") && s != want })
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q (%v)", line, got, want, err)
		}
	}
}

func TestFishCompletes(t *testing.T) {
	fish, file := xmpptest.NeedProgram(t, "fish", "Debian package fish"), script(t, "fish")
	for line, want := range completions {
		cmd := exec.Command(fish, "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", file, line)
		cmd.Dir = filepath.Dir(file)
		cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "XDG_CONFIG_HOME="+cmd.Dir, "XDG_DATA_HOME="+cmd.Dir)
		out, err := cmd.CombinedOutput()
		var got []string
		for l := range strings.Lines(string(out)) {
			got = append(got, strings.Fields(l)[0])
		}
		slices.Sort(got)
		for w := range strings.FieldsSeq(want) {
			if w != "-h" && !slices.Contains(got, w) { // help is a fish builtin's
				t.Errorf("%q: %q, want %q (%v)", line, got, want, err)
			}
		}
	}
}

// zsh completes only in a terminal; here it is asked whether the script is one,
// and what it hands to _describe and _arguments.
func TestZshCompletes(t *testing.T) {
	zsh, file := xmpptest.NeedProgram(t, "zsh", "Debian package zsh"), script(t, "zsh")
	const fake = `_describe() { print -l -- $commands }; _arguments() { print -l -- "$@" }; compdef() { }
		. $1; words=(gate "${@:3}"); CURRENT=$2; _gate`
	for line, want := range map[string]string{
		"2 ":               "kick:end it's stream",
		"3 serve ":         "-config[the configuration FILE]:FILE:_files",
		"3 level ":         "1:LEVEL:(debug info)",
		"3 report ":        "*:RESULT.json:_files",
		"3 serve -format ": "-format[how to log]:format:(text json)",
	} {
		out, err := exec.Command(zsh, append([]string{"-f", "-c", fake, "zsh", file}, strings.Split(line, " ")...)...).CombinedOutput()
		if err != nil || !slices.Contains(strings.Split(string(out), "\n"), want) {
			t.Errorf("%q: %s, want %q (%v)", line, out, want, err)
		}
	}
}
