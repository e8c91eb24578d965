// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// word is a flag of a few words.
type word string

func (w *word) String() string     { return string(*w) }
func (w *word) Set(s string) error { *w = word(s); return nil }
func (w *word) Choices() []string  { return []string{"text", "json"} }

// sample is a program with a command of each kind. What runs prints what it got.
func sample() *Program {
	p := &Program{
		Name: "gate", Does: "a gate [with: traps] that isn't one", About: []string{".a paragraph that begins like a macro, and has a back\\slash"},
		Commands: []Command{
			{Group: "to run", Name: "serve", Does: "run it", Setup: func(fs *flag.FlagSet) Run {
				file := fs.String("config", "", "the configuration `FILE`")
				var format word
				fs.Var(&format, "format", "how to log")
				n := fs.Int("n", 3, "how `MANY`")
				_ = fs.Duration("for", 0, "how `LONG`")
				return func(_ []string, w io.Writer, _ *os.File) int { fmt.Fprint(w, *file, format, *n); return Good }
			}},
			{Name: "kick", Args: []string{"NAME", "WHY"}, Does: "end it's stream", Setup: echo},
			{Name: "level", Args: []string{"LEVEL"}, Choices: []string{"debug", "info"}, Does: "set it", Setup: echo},
			{Name: "report", Args: []string{"RESULT.json…"}, Does: "read results", Setup: echo},
		},
		Sections: []Section{{"Files", [][2]string{{"/etc/gate", "It's there."}}}},
		SeeAlso:  []string{"gate.toml(5)"},
	}
	p.Commands = append(p.Commands, p.Manual()...)
	return p
}

func echo(fs *flag.FlagSet) Run {
	asJSON := fs.Bool("json", false, "for programs")
	return func(args []string, w io.Writer, _ *os.File) int {
		fmt.Fprintf(w, "%v%v", *asJSON, args)
		return Failed
	}
}

// ask runs the sample and returns what it writes.
func ask(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var b bytes.Buffer
	code = sample().Run(args, &b, f)
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), string(text), code
}

func TestRun(t *testing.T) {
	for line, want := range map[string]struct {
		code           int
		stdout, stderr string // contained; empty: nothing is written
	}{
		"":                             {Usage, "", "usage: gate COMMAND"},
		"-h":                           {Good, "level LEVEL", ""},
		"help":                         {Good, "to run:\n  serve", ""},
		"help kick":                    {Good, "usage: gate kick [-json] NAME WHY\n\nEnd it's stream.\n", ""},
		"help -h":                      {Good, "level LEVEL", ""},
		"help kik":                     {Usage, "", `no command "kik"`},
		"kick --help":                  {Good, "usage: gate kick", ""},
		"srve":                         {Usage, "", `there is no command "srve"; gate help lists them`},
		"serve -config=a -format json": {Good, "ajson3", ""},
		"serve --config a -n 4":        {Good, "a4", ""},
		"serv":                         {Usage, "", `there is no command "serv"; did you mean serve; gate help lists them`},
		"serve -n x":                   {Usage, "", `invalid value "x" for flag -n, allowed: an integer`},
		"serve -for 5":                 {Usage, "", `invalid value "5" for flag -for, allowed: a time with its unit, as 30s or 5m`},
		"serve -nothing":               {Usage, "", "there is no flag -nothing\n"},
		"serve -con a":                 {Usage, "", "there is no flag -con; did you mean -config?\nusage: gate serve [-config FILE] [-for LONG] [-format text|json] [-n MANY]"},
		"serve a":                      {Usage, "", `gate serve: takes no argument, but was given "a"; a file is named with -config`},
		"kick a":                       {Usage, "", "WHY is missing"},
		"kick a b c":                   {Usage, "", `"c" is one argument too many`},
		"kick a b":                     {Failed, "false[a b]", ""},
		"kick -json a b":               {Failed, "true[a b]", ""},
		"kick a -json b":               {Failed, "true[a b]", ""},
		"kick a b -json":               {Failed, "true[a b]", ""},
		"kick -- a -json":              {Failed, "false[a -json]", ""},
		"kick a -- -json":              {Failed, "false[a -json]", ""},
		"report":                       {Usage, "", "RESULT.json is missing"},
		"report a b c":                 {Failed, "false[a b c]", ""},
		"completion ksh":               {Usage, "", `"ksh" is no shell of ours, allowed: bash, zsh, fish`},
		"completion bash":              {Good, "complete -F _gate gate", ""},
		"man":                          {Good, ".TH \"GATE\" 1", ""},
		"-version":                     {Usage, "", `no command "-version"`},
	} {
		stdout, stderr, code := ask(t, strings.Fields(line)...)
		if code != want.code {
			t.Errorf("gate %s: exit code %d, want %d", line, code, want.code)
		}
		for _, s := range [][2]string{{stdout, want.stdout}, {stderr, want.stderr}} {
			if s[1] == "" && s[0] != "" || !strings.Contains(s[0], s[1]) {
				t.Errorf("gate %s: wrote %q, want %q", line, s[0], s[1])
			}
		}
	}
}

func TestHelpFitsATerminal(t *testing.T) {
	for _, command := range append(sample().names(), "") {
		stdout, _, _ := ask(t, append(strings.Fields(command), "-h")...)
		for l := range strings.Lines(stdout) {
			if n := len([]rune(strings.TrimRight(l, "\n"))); n > columns {
				t.Errorf("gate %s -h: %d columns: %s", command, n, l)
			}
		}
	}
	long := wrap(strings.Repeat("word ", 40)+strings.Repeat("x", 90), columns)
	if len(long) != 4 || long[3] != strings.Repeat("x", 90) {
		t.Errorf("wrapped to %q", long)
	}
}
