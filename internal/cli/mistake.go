// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"
)

// beginMin is how long a common beginning must be for one word to be taken for
// another one.
const beginMin = 3

// likely is the one of known that begins most like word, as the end of a message;
// empty if none does, or several do alike.
func likely(word string, known []string) string {
	best, most := "", beginMin-1
	for _, k := range known {
		n := 0
		for n < min(len(word), len(k)) && word[n] == k[n] {
			n++
		}
		switch {
		case n > most:
			best, most = k, n
		case n == most:
			best = ""
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// flagMistake says in our words what package flag says of a command line.
func flagMistake(fs *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		var known []string
		fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
		if near := likely(name, known); near != "" {
			return fmt.Errorf("there is no flag -%s%s", name, strings.Replace(near, "mean ", "mean -", 1))
		}
		return fmt.Errorf("there is no flag -%s", name)
	}
	if said, ok := strings.CutSuffix(text, ": parse error"); ok {
		return fmt.Errorf("%s, allowed: %s", said, valueOf(fs, said))
	}
	return err
}

// valueOf is what the flag takes that a message of package flag ends with.
func valueOf(fs *flag.FlagSet, said string) string {
	f := fs.Lookup(said[strings.LastIndexByte(said, '-')+1:])
	if f == nil {
		return "another value"
	}
	g, ok := f.Value.(flag.Getter)
	if !ok {
		return "another value"
	}
	switch g.Get().(type) {
	case time.Duration:
		return "a time with its unit, as 30s or 5m"
	case bool:
		return "true, false"
	case int, int64, uint, uint64:
		return "an integer"
	default:
		return "a number"
	}
}
