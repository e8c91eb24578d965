// SPDX-License-Identifier: Apache-2.0

package acl

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	"weir/internal/jid"
)

// Values of the condition "match".
const (
	MatchAll       = "all"
	MatchNone      = "none"
	MatchAnyHosted = "any_hosted_domain"
	// MatchCurrent is true for everybody: a component's listener has no
	// current domain. In MongooseIM, where it is the default, the sender's
	// own domain stands in for it, which comes to the same.
	MatchCurrent = "current_domain"
)

// Conditions names every condition a pattern can have.
func Conditions() []string {
	return []string{
		"match",
		"user", "user_regexp", "user_glob",
		"server", "server_regexp", "server_glob",
		"resource", "resource_regexp", "resource_glob",
	}
}

// Hosts is general.hosts, normalised, for any_hosted_domain.
type Hosts map[string]struct{}

// NewHosts makes a set of normalised domains.
func NewHosts(domains []string) Hosts {
	h := make(Hosts, len(domains))
	for _, d := range domains {
		h[d] = struct{}{}
	}
	return h
}

func (h Hosts) matches(part []byte) bool {
	_, ok := h[string(part)]
	return ok
}

type exact []byte

func (e exact) matches(part []byte) bool { return bytes.Equal(e, part) }

type expression struct{ *regexp.Regexp }

func (e expression) matches(part []byte) bool { return e.Match(part) }

type never struct{}

func (never) matches([]byte) bool { return false }

// part is which piece of the address a condition looks at.
type part uint8

const (
	user part = iota
	server
	resource
)

func (w part) of(p *jid.Parts) []byte {
	switch w {
	case user:
		return p.Node
	case server:
		return p.Domain
	default:
		return p.Resource
	}
}

type condition struct {
	part part
	by   interface{ matches(part []byte) bool }
}

// newCondition compiles one condition; ok is false if it is always true.
//
// MongooseIM passes every value through nodeprep. A name must be (its case
// does not count), but a resource has case, so that resource = "Mobile" never
// matches there, and an expression is no name: \D becomes \d. Here resources,
// expressions and globs are taken as they stand. To what nodeprep did to
// honest patterns (^Admin matches the user admin) corresponds that those for
// user and server, whose subjects are in lower case, ignore case.
func newCondition(name, value string, hosts Hosts) (c condition, ok bool, err error) {
	switch name {
	case "match":
		return newMatch(value, hosts)
	case "user":
		c.part = user
		c.by, err = newUser(value)
	case "server":
		c.part = server
		c.by, err = newServer(value)
	case "resource":
		c = condition{resource, exact(value)}
	case "user_regexp", "server_regexp", "resource_regexp":
		c.part = partOf(name)
		c.by, err = newExpression(c.part, value)
		err = describe(err, value, "a regular expression as RE2 has them (no look-around, no back-references)")
	case "user_glob", "server_glob", "resource_glob":
		c.part = partOf(name)
		c.by, err = newExpression(c.part, globExpression(value))
		err = describe(err, value, "a glob of * ? [abc] [a-z] [!abc]")
	default:
		err = fmt.Errorf("there is no condition %q", name)
	}
	return c, true, err
}

func newMatch(value string, hosts Hosts) (c condition, ok bool, err error) {
	switch value {
	case MatchAll, MatchCurrent:
		return c, false, nil
	case MatchNone:
		return condition{server, never{}}, true, nil
	case MatchAnyHosted:
		return condition{server, hosts}, true, nil
	}
	return c, true, fmt.Errorf("is %q, allowed: %q, %q, %q, %q", value, MatchAll, MatchNone, MatchAnyHosted, MatchCurrent)
}

// newUser normalises a node by way of an address. An empty one stands for
// addresses without a node: servers and components.
func newUser(value string) (exact, error) {
	if value == "" {
		return exact{}, nil
	}
	whole := []byte(value + "@h")
	p, ok := jid.Parse(whole)
	if !ok || len(p.Node) != len(value) {
		return nil, fmt.Errorf("is %q, allowed: the part of an address before the @", value)
	}
	bare, err := jid.Bare(nil, whole)
	if err != nil {
		return nil, err
	}
	return exact(bytes.TrimSuffix(bare, []byte("@h"))), nil
}

func newServer(value string) (exact, error) {
	d, err := jid.NormalizeDomain(nil, []byte(value))
	if err != nil {
		return nil, fmt.Errorf("is %q, allowed: a domain name", value)
	}
	return exact(d), nil
}

func newExpression(w part, expr string) (expression, error) {
	ignoreCase := ""
	if w != resource {
		ignoreCase = "(?i)"
	}
	re, err := regexp.Compile(ignoreCase + expr)
	return expression{re}, err
}

// describe turns the compiler's error, which quotes what we made of the value,
// into one that quotes the value.
func describe(err error, value, allowed string) error {
	se, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return err
	}
	return fmt.Errorf("is %q: %s; allowed: %s", value, se.Code, allowed)
}

func partOf(condition string) part {
	switch condition[0] {
	case 'u':
		return user
	case 's':
		return server
	default:
		return resource
	}
}
