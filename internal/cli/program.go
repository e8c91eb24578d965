// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Exit codes. Scripts rely on them.
const (
	Good   = 0
	Failed = 1
	Usage  = 2
)

// Program is a program of several commands.
type Program struct {
	Name     string
	Does     string    // one line: what it is
	About    []string  // paragraphs on it
	Commands []Command // in the order of the help
	Sections []Section // of the manual page, behind the commands
	SeeAlso  []string  // other manual pages
}

// Section is a part of a manual page: a list of terms with their meaning.
type Section struct {
	Title string
	Items [][2]string
}

// Command is one command of a program.
type Command struct {
	Group string   // heads the commands from here on in the help; empty: as before
	Name  string   // what it is called by
	Args  []string // names of its arguments; the last may end in "…": one or more
	Does  string   // one line
	About []string // paragraphs for the command's own help and the manual page
	// Choices are the values that its only argument can have; nil: any.
	Choices []string
	// Setup defines the flags and returns what runs when they have been read.
	// It is also called only to learn the flags: it must do nothing else.
	Setup func(fs *flag.FlagSet) Run
}

// Run is a command at work. It has all its arguments, says itself what is wrong
// and returns the exit code.
type Run func(args []string, stdout io.Writer, stderr *os.File) int

// Run runs the command that args name.
func (p *Program) Run(args []string, stdout io.Writer, stderr *os.File) int {
	if len(args) == 0 {
		p.help(stderr)
		return Usage
	}
	name, rest := args[0], args[1:]
	if c := p.command(name); c != nil {
		return p.run(c, rest, stdout, stderr)
	}
	switch name {
	case "help", "-h", "-help", "--help":
		if len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
			p.help(stdout)
			return Good
		}
		if c := p.command(rest[0]); c != nil {
			p.helpOf(stdout, c)
			return Good
		}
		name = rest[0]
	case "-version", "--version":
		if c := p.command("version"); c != nil {
			return p.run(c, rest, stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "%s: there is no command %q%s; %[1]s help lists them\n", p.Name, name, strings.TrimSuffix(likely(name, p.names()), "?"))
	return Usage
}

func (p *Program) command(name string) *Command {
	i := slices.IndexFunc(p.Commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Commands[i]
}

func (p *Program) run(c *Command, args []string, stdout io.Writer, stderr *os.File) int {
	fs := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // we say it in our own words
	run := c.Setup(fs)
	given, err := parse(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		p.helpOf(stdout, c)
		return Good
	case err == nil:
		if err = c.takes(given); err != nil && len(c.Args) == 0 && fs.Lookup("config") != nil {
			err = fmt.Errorf("%w; a file is named with -config", err)
		}
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s %s: %v\nusage: %s\n", p.Name, c.Name, err, p.synopsis(c))
		return Usage
	}
	return run(given, stdout, stderr)
}

// parse reads flags wherever they stand, and returns what is none. After "--"
// there are no flags.
func parse(fs *flag.FlagSet, args []string) (given []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, flagMistake(fs, err)
		}
		left := fs.Args()
		read := args[:len(args)-len(left)]
		if len(left) == 0 || len(read) > 0 && read[len(read)-1] == "--" {
			return append(given, left...), nil
		}
		given, args = append(given, left[0]), left[1:]
	}
}

// takes says what is wrong with the number of arguments.
func (c *Command) takes(given []string) error {
	n, least := len(given), len(c.Args)
	more := least > 0 && strings.HasSuffix(c.Args[least-1], "…")
	switch {
	case n < least:
		return fmt.Errorf("%s is missing", strings.TrimSuffix(c.Args[n], "…"))
	case n > least && !more && least == 0:
		return fmt.Errorf("takes no argument, but was given %q", given[0])
	case n > least && !more:
		return fmt.Errorf("%q is one argument too many", given[least])
	}
	return nil
}
