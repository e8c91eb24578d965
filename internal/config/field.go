// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Infinity is the duration written "infinity".
const Infinity time.Duration = -1

// infinity is the word in the file.
const infinity = "infinity"

// field binds a key of a section to its place in the configuration: one list
// of fields reads a section, prints it, compares two of it and names its keys.
type field struct {
	name string
	read func(c cell)
	show func() string // the value as TOML; empty: the key is left out
	raw  func() string // as show, but secrets are told apart; nil: show is enough

	// restart says that a reload does not change it.
	restart bool
}

func names(fields []field) []string {
	var ns []string
	for _, f := range fields {
		ns = append(ns, f.name)
	}
	return ns
}

func integer(name string, p *int, low, high int) field {
	return field{
		name: name,
		read: func(c cell) {
			if n, ok := c.v.(int64); ok && n >= int64(low) && n <= int64(high) {
				*p = int(n)
				return
			}
			c.refuse(integers(low, high) + of(name) + unquoted(c.v))
		},
		show: func() string { return strconv.Itoa(*p) },
	}
}

// of is the unit that the name of an integer key says, for a message: whoever
// writes "64K" or "5s" is told in what the number counts.
func of(name string) string {
	switch {
	case name == "max_rate", strings.HasSuffix(name, "_bytes_rate"):
		return ", in bytes per second"
	case name == "max_stanza_size", strings.HasSuffix(name, "_bytes"):
		return ", in bytes"
	case name == "state_timeout", name == "hibernate_after": // MongooseIM's
		return ", in milliseconds"
	}
	return ""
}

// unquoted is the end of a message about an integer that was written as a string.
func unquoted(v any) string {
	s, _ := v.(string)
	if _, err := strconv.ParseInt(s, 10, 64); err != nil {
		return ""
	}
	return "; write it without quotes"
}

// integerOrInfinity takes "infinity" as the number without.
func integerOrInfinity(name string, p *int, low, without int) field {
	return field{
		name: name,
		read: func(c cell) {
			switch n, ok := c.v.(int64); {
			case c.v == infinity:
				*p = without
			case ok && n >= int64(low) && n <= integerMax:
				*p = int(n)
			default:
				c.refuse(integers(low, integerMax) + of(name) + ", or " + quote(infinity) + unquoted(c.v))
			}
		},
		show: func() string {
			if *p == without {
				return quote(infinity)
			}
			return strconv.Itoa(*p)
		},
	}
}

// integerMax bounds what has no bound of its own, so that sums stay sums.
const integerMax = 1 << 40

func integers(low, high int) string {
	switch {
	case high < integerMax:
		return fmt.Sprintf("an integer from %d to %d", low, high)
	case low == 1:
		return "a positive integer"
	case low == 0:
		return "a non-negative integer"
	default:
		return fmt.Sprintf("an integer of at least %d", low)
	}
}

// millis is a duration of MongooseIM: an integer in milliseconds or "infinity".
func millis(name string, p *time.Duration) field {
	n := int(p.Milliseconds())
	if *p == Infinity {
		n = -1
	}
	f := integerOrInfinity(name, &n, 0, -1)
	read := f.read
	f.read = func(c cell) {
		if s, ok := c.v.(string); ok {
			if d, err := time.ParseDuration(s); err == nil && d > 0 && d%time.Millisecond == 0 {
				c.refuse(fmt.Sprintf("a non-negative integer%s, or %s; did you mean %d?", of(name), quote(infinity), d.Milliseconds()))
				return
			}
		}
		read(c)
		*p = time.Duration(n) * time.Millisecond
		if n == -1 {
			*p = Infinity
		}
	}
	return f
}

// duration is one of our own: a Go duration string.
func duration(name string, p *time.Duration, low, high time.Duration) field {
	return field{
		name: name,
		read: func(c cell) {
			s, _ := c.v.(string)
			if d, err := time.ParseDuration(s); err == nil && d >= low && d <= high {
				*p = d
				return
			}
			c.refuse(fmt.Sprintf("a duration in quotes with its unit, from %s to %s", quote(shortDuration(low)), quote(shortDuration(high))))
		},
		show: func() string { return quote(shortDuration(*p)) },
	}
}

// shortDuration is 1m, not 1m0s.
func shortDuration(d time.Duration) string {
	if d >= time.Minute && d%time.Minute == 0 && d%time.Hour != 0 {
		return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
	}
	if d >= time.Hour && d%time.Hour == 0 {
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	}
	return d.String()
}

func boolean(name string, p *bool) field {
	return field{
		name: name,
		read: func(c cell) {
			if b, ok := c.v.(bool); ok {
				*p = b
				return
			}
			c.refuse("true or false, without quotes")
		},
		show: func() string { return strconv.FormatBool(*p) },
	}
}

// text is a string that is not empty; what says what it stands for.
func text(name string, p *string, what string) field {
	return field{
		name: name,
		read: func(c cell) {
			if s, ok := c.v.(string); ok && s != "" {
				*p = s
				return
			}
			c.refuse(what)
		},
		show: func() string {
			if *p == "" {
				return ""
			}
			return quote(*p)
		},
	}
}

// word is one of a few values, with the word for each.
type word[T comparable] struct {
	text  string
	value T
}

func plain(words ...string) []word[string] {
	var ws []word[string]
	for _, w := range words {
		ws = append(ws, word[string]{w, w})
	}
	return ws
}

func oneOf[T comparable](name string, p *T, words []word[T]) field {
	return field{
		name: name,
		read: func(c cell) {
			for _, w := range words {
				if c.v == w.text {
					*p = w.value
					return
				}
			}
			c.refuse(alternatives(texts(words)) + guess(c.v, texts(words)))
		},
		show: func() string {
			for _, w := range words {
				if *p == w.value {
					return quote(w.text)
				}
			}
			return ""
		},
	}
}

func texts[T comparable](words []word[T]) []string {
	var ts []string
	for _, w := range words {
		ts = append(ts, w.text)
	}
	return ts
}

func guess(v any, words []string) string {
	s, _ := v.(string)
	if s == "" {
		return ""
	}
	return didYouMean(s, words)
}

// list is an array of strings without repetition; check gives each its final
// form or says what is allowed.
func list(name string, p *[]string, what string, check func(s string) (string, error)) field {
	return field{
		name: name,
		read: func(c cell) {
			cells, ok := c.list()
			if !ok {
				c.fail("is %s, allowed: an array of %s", show(c.v), what)
				return
			}
			*p = []string{}
			for _, e := range cells {
				s, ok := e.v.(string)
				if !ok {
					e.fail("holds %s, allowed: %s", show(e.v), what)
					continue
				}
				final, err := check(s)
				switch {
				case err != nil:
					e.fail("holds %s, %v", show(s), err)
				case slices.Contains(*p, final):
					e.fail("holds %s twice, allowed: each once", quote(final))
				default:
					*p = append(*p, final)
				}
			}
		},
		show: func() string {
			if *p == nil {
				return ""
			}
			return quoteList(*p)
		},
	}
}
