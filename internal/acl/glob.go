// SPDX-License-Identifier: Apache-2.0

package acl

import (
	"regexp"
	"strings"
)

// globExpression turns a shell glob into an expression for the whole part:
// * is any text, ? one character, [abc] [a-z] one of these, [!abc] and [^abc]
// one that is not, a backslash takes what follows for itself. A bracket that
// never closes stays one in the expression, which then does not compile.
func globExpression(glob string) string {
	var e strings.Builder
	e.WriteString(`(?s)^(?:`)
	for rest := glob; rest != ""; {
		c := rest[0]
		switch {
		case c == '*':
			e.WriteString(`.*`)
		case c == '?':
			e.WriteString(`.`)
		case c == '[':
			class, n := globClass(rest)
			e.WriteString(class)
			rest = rest[n:]
			continue
		case c == '\\' && len(rest) > 1:
			e.WriteString(regexp.QuoteMeta(rest[1:2]))
			rest = rest[2:]
			continue
		default:
			e.WriteString(regexp.QuoteMeta(rest[:1]))
		}
		rest = rest[1:]
	}
	e.WriteString(`)$`)
	return e.String()
}

// globClass reads a bracket at the start of s and returns it as an expression,
// and its length in s. A ] directly after the opening is
// an ordinary character, as in the shell.
func globClass(s string) (class string, n int) {
	var e strings.Builder
	e.WriteByte('[')
	i := 1
	if i < len(s) && (s[i] == '!' || s[i] == '^') {
		e.WriteByte('^')
		i++
	}
	for first := i; i < len(s); i++ {
		switch c := s[i]; {
		case c == ']' && i > first:
			e.WriteByte(']')
			return e.String(), i + 1
		case c == '\\' || c == '[' || c == ']' || c == '^':
			e.WriteByte('\\')
			e.WriteByte(c)
		default:
			e.WriteByte(c)
		}
	}
	return e.String(), len(s)
}
