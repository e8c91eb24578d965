// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// shownBytesMax is how much of a wrong value a message repeats.
const shownBytesMax = 60

// quote writes a TOML basic string, on one line.
func quote(s string) string {
	return `"` + oneLine(strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(s)) + `"`
}

// oneLine writes control characters as TOML's escapes.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			fmt.Fprintf(&b, `\u%04X`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func quoteList(words []string) string { return "[" + alternatives(words) + "]" }

// show is a value in a message.
func show(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > shownBytesMax {
			cut := v[:shownBytesMax]
			for !utf8.ValidString(cut) {
				cut = cut[:len(cut)-1]
			}
			return quote(cut) + "…"
		}
		return quote(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	default:
		return kind(v)
	}
}

// kind is a value in a message that does not show it.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "missing"
	case string:
		if v == "" {
			return "an empty string"
		}
		return "a string"
	case int64:
		return "an integer"
	case bool:
		return "a boolean"
	case float64:
		return "a float"
	case time.Time:
		return "a date or time"
	case map[string]any:
		return "a table"
	default:
		return "an array"
	}
}

// notIn is the end of a message about a value that is none of a few.
func notIn(allowed []string) error { return errors.New("allowed: " + alternatives(allowed)) }

// alternatives writes words as a person lists them.
func alternatives(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, ", ")
}
