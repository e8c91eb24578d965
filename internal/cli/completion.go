// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// shells write the completion script of a program.
var shells = []struct {
	name  string
	write func(p *Program, w io.Writer)
}{
	{"bash", (*Program).bash},
	{"zsh", (*Program).zsh},
	{"fish", (*Program).fish},
}

// Manual are the commands by which a program tells about itself.
func (p *Program) Manual() []Command {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return []Command{
		{
			Name: "completion", Args: []string{"SHELL"}, Choices: names,
			Does: "print what makes a shell complete the commands: " + strings.Join(names, ", "),
			About: []string{fmt.Sprintf("For this session: source <(%s completion bash). For good: put it where the shell looks, "+
				"such as /usr/share/bash-completion/completions/%[1]s.", p.Name)},
			Setup: func(*flag.FlagSet) Run { return p.complete },
		},
		{
			Name: "man", Does: "print the manual page; man -l - shows it",
			Setup: func(*flag.FlagSet) Run {
				return func(_ []string, stdout io.Writer, stderr *os.File) int {
					if err := p.Page(stdout); err != nil {
						fmt.Fprintf(stderr, "%s man: %v\n", p.Name, err)
						return Failed
					}
					return Good
				}
			},
		},
	}
}

func (p *Program) complete(args []string, stdout io.Writer, stderr *os.File) int {
	for _, s := range shells {
		if s.name == args[0] {
			s.write(p, stdout)
			return Good
		}
	}
	fmt.Fprintf(stderr, "%s completion: %q is no shell of ours, allowed: %s\n", p.Name, args[0], strings.Join(p.command("completion").Choices, ", "))
	return Usage
}

// names are those of all commands, and of help, which is none.
func (p *Program) names() []string {
	var all []string
	for _, c := range p.Commands {
		all = append(all, c.Name)
	}
	return append(all, "help")
}

// function is a name for the program's function in a shell.
func (p *Program) function() string { return "_" + strings.ReplaceAll(p.Name, "-", "_") }

// takesFiles says whether the command's arguments are names of files.
func (c *Command) takesFiles() bool {
	return len(c.Args) > 0 && strings.HasSuffix(strings.TrimSuffix(c.Args[0], "…"), ".json")
}
