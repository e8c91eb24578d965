// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"flag"
	"io"
	"strings"
)

// option is a flag as people see it.
type option struct {
	name     string
	value    string // a word for its value; empty: it has none
	does     string
	original string // its default; empty: none worth telling
	choices  []string
}

// chooser is a flag's value that is one of a few words.
type chooser interface{ Choices() []string }

// options are the command's flags, by name.
func (c *Command) options() []option {
	fs := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	c.Setup(fs)
	var all []option
	fs.VisitAll(func(f *flag.Flag) {
		o := option{name: f.Name}
		o.value, o.does = flag.UnquoteUsage(f)
		if c, ok := f.Value.(chooser); ok {
			o.choices = c.Choices()
			o.value = strings.Join(o.choices, "|")
		}
		switch f.DefValue {
		case "", "0", "0s", "false":
		default:
			o.original = f.DefValue
		}
		all = append(all, o)
	})
	return all
}

// equal says whether two commands mean the same by it.
func (o option) equal(other option) bool {
	return o.written() == other.written() && o.text() == other.text()
}

// text is what the flag does, with its default.
func (o option) text() string {
	if o.original == "" {
		return o.does
	}
	return o.does + " (default " + o.original + ")"
}

// written is the flag with its value.
func (o option) written() string {
	if o.value == "" {
		return "-" + o.name
	}
	return "-" + o.name + " " + o.value
}

// isFile says whether the value is the name of a file.
func (o option) isFile() bool { return o.value == "FILE" || o.value == "OLDFILE" || o.value == "PATH" }
