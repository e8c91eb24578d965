// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strconv"
	"strings"

	"weir/internal/acl"
)

// Class is a class of [acl] as it is written.
type Class struct {
	Name     string
	Patterns []Pattern

	compiled acl.Class
}

// Pattern holds the conditions of a class's pattern.
type Pattern []Condition

// Condition is one key of a pattern: user = "paul".
type Condition struct{ Name, Value string }

// Rule is a rule of [access] as it is written.
type Rule struct {
	Name    string
	Clauses []Clause

	at []*block
}

// Clause is {acl = "local", value = "allow"}. Only allow and deny say
// something here; MongooseIM's rules for others hold numbers and names too.
type Clause struct {
	ACL   string
	Value any // string or int64
}

// The rules and classes that are built in.
const (
	nameAll  = "all"
	nameNone = "none"
)

func readClasses(b *block, hosts acl.Hosts) []Class {
	var all []Class
	for _, name := range b.keys() {
		c := Class{Name: name, compiled: acl.Class{Name: name}}
		if name == nameAll || name == nameNone {
			b.fail(name, "is built in, allowed: another name")
		}
		for _, sub := range b.subs(name) {
			p, compiled := readPattern(sub, hosts)
			c.Patterns = append(c.Patterns, p)
			c.compiled.Patterns = append(c.compiled.Patterns, compiled)
		}
		all = append(all, c)
	}
	return all
}

func readPattern(b *block, hosts acl.Hosts) (Pattern, acl.Pattern) {
	var p Pattern
	var compiled acl.Pattern
	b.known(acl.Conditions()...)
	for _, name := range acl.Conditions() {
		if !b.has(name) {
			continue
		}
		c := b.cell(name)
		value, ok := c.v.(string)
		if !ok {
			c.refuse("a string")
			continue
		}
		if err := compiled.Add(name, value, hosts); err != nil {
			c.fail("%v", err)
			continue
		}
		p = append(p, Condition{name, value})
	}
	return p, compiled
}

func readRules(b *block) []Rule {
	var all []Rule
	for _, name := range b.keys() {
		if name == nameAll || name == nameNone {
			b.fail(name, "is built in, allowed: another name")
		}
		r := Rule{Name: name}
		for _, sub := range b.subs(name) {
			r.Clauses = append(r.Clauses, readClause(sub))
			r.at = append(r.at, sub)
		}
		all = append(all, r)
	}
	return all
}

func readClause(b *block) Clause {
	b.known("acl", "value")
	var c Clause
	name := b.cell("acl")
	switch s, ok := name.v.(string); {
	case name.v == nil:
		b.fail("acl", "is missing, needed: the name of an acl")
	case !ok || s == "":
		name.refuse("the name of an acl")
	default:
		c.ACL = s
	}
	value := b.cell("value")
	switch v := value.v.(type) {
	case nil:
		b.fail("value", `is missing, needed: "allow" or "deny"`)
	case string, int64:
		c.Value = v
	default:
		value.refuse(`"allow", "deny"`)
	}
	return c
}

// rule compiles the rule a listener names, and tells what in it is undefined.
func (c *Config) rule(b *block, name string) *acl.Rule {
	switch name {
	case nameAll:
		return acl.All()
	case nameNone:
		return acl.None()
	}
	known := []string{nameAll, nameNone}
	for i := range c.Rules {
		if c.Rules[i].Name == name {
			return c.compile(&c.Rules[i])
		}
		known = append(known, c.Rules[i].Name)
	}
	b.fail("access", "is %s, which is not defined: there is no such rule in [access]%s",
		quote(name), didYouMean(name, known))
	return acl.None()
}

// compile makes a rule of its clauses. A second listener of the same rule does
// not repeat its mistakes: at is used up.
func (c *Config) compile(r *Rule) *acl.Rule {
	var clauses []acl.Clause
	for i, clause := range r.Clauses {
		class, known := c.class(clause.ACL)
		clauses = append(clauses, acl.Clause{Class: class, Allow: clause.Value == "allow"})
		if r.at == nil {
			continue
		}
		if class.Name == "" && clause.ACL != "" {
			r.at[i].fail("acl", "is %s, which is not defined: there is no such class in [acl]%s",
				quote(clause.ACL), didYouMean(clause.ACL, known))
		}
		if v := clause.Value; v != nil && v != "allow" && v != "deny" {
			r.at[i].fail("value", `is %s, allowed in a rule that a component listener names: "allow", "deny"%s`,
				show(v), guess(v, []string{"allow", "deny"}))
		}
	}
	r.at = nil
	return acl.NewRule(r.Name, clauses)
}

func (c *Config) class(name string) (class acl.Class, known []string) {
	switch name {
	case nameAll:
		return acl.AllClass(), nil
	case nameNone:
		return acl.NoneClass(), nil
	}
	known = []string{nameAll, nameNone}
	for _, cl := range c.Classes {
		if cl.Name == name {
			return cl.compiled, nil
		}
		known = append(known, cl.Name)
	}
	return acl.Class{}, known
}

func aclSection(classes []Class) section {
	s := section{header: "[acl]", keys: "acl"}
	for _, c := range classes {
		s.fields = append(s.fields, field{name: c.Name, show: func() string { return c.text() }})
	}
	return s
}

func (c Class) text() string {
	var patterns []string
	for _, p := range c.Patterns {
		var conditions []string
		for _, cond := range p {
			conditions = append(conditions, cond.Name+" = "+quote(cond.Value))
		}
		patterns = append(patterns, "{"+strings.Join(conditions, ", ")+"}")
	}
	return "[" + strings.Join(patterns, ", ") + "]"
}

func accessSection(rules []Rule) section {
	s := section{header: "[access]", keys: "access"}
	for _, r := range rules {
		s.fields = append(s.fields, field{name: r.Name, show: func() string { return r.text() }})
	}
	return s
}

func (r Rule) text() string {
	var clauses []string
	for _, c := range r.Clauses {
		value := ""
		switch v := c.Value.(type) {
		case string:
			value = quote(v)
		case int64:
			value = strconv.FormatInt(v, 10)
		}
		clauses = append(clauses, "{acl = "+quote(c.ACL)+", value = "+value+"}")
	}
	return "[" + strings.Join(clauses, ", ") + "]"
}
