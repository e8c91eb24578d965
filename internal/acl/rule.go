// SPDX-License-Identifier: Apache-2.0

package acl

import (
	"fmt"

	"weir/internal/jid"
)

// Pattern is a set of conditions that must all hold. The zero Pattern has
// none and matches everybody.
type Pattern struct{ conditions []condition }

// Add compiles a condition and adds it. The error says what is wrong with the
// value and what is allowed; it does not repeat the name.
func (p *Pattern) Add(name, value string, hosts Hosts) error {
	c, needed, err := newCondition(name, value, hosts)
	if err == nil && needed {
		p.conditions = append(p.conditions, c)
	}
	return err
}

func (p *Pattern) matches(a *jid.Parts) bool {
	for i := range p.conditions {
		if c := &p.conditions[i]; !c.by.matches(c.part.of(a)) {
			return false
		}
	}
	return true
}

// Class is a named list of patterns of which any may match.
type Class struct {
	Name     string
	Patterns []Pattern
}

// The classes that are built in.
func AllClass() Class  { return Class{Name: "all", Patterns: []Pattern{{}}} }
func NoneClass() Class { return Class{Name: "none"} }

func (c *Class) matches(a *jid.Parts) bool {
	for i := range c.Patterns {
		if c.Patterns[i].matches(a) {
			return true
		}
	}
	return false
}

func (c *Class) matchesEverybody() bool {
	for i := range c.Patterns {
		if len(c.Patterns[i].conditions) == 0 {
			return true
		}
	}
	return false
}

// Clause answers for the senders in Class.
type Clause struct {
	Class Class
	Allow bool
}

// Rule is an ordered list of clauses. The nil Rule allows everybody.
type Rule struct {
	Name    string
	clauses []Clause
	why     []string // by clause; the last is for when none matched
	all     bool
}

// NewRule makes a rule of its clauses, in order.
func NewRule(name string, clauses []Clause) *Rule {
	r := &Rule{Name: name, clauses: clauses}
	for i, c := range clauses {
		verdict := "deny"
		if c.Allow {
			verdict = "allow"
		}
		r.why = append(r.why, fmt.Sprintf("access.%s: clause %d: acl %s: %s", name, i+1, c.Class.Name, verdict))
	}
	r.why = append(r.why, fmt.Sprintf("access.%s: no clause matches: deny", name))
	r.all = len(clauses) > 0 && clauses[0].Allow && clauses[0].Class.matchesEverybody()
	return r
}

// The rules that are built in. A listener without an access rule has All.
func All() *Rule  { return NewRule("all", []Clause{{AllClass(), true}}) }
func None() *Rule { return NewRule("none", []Clause{{AllClass(), false}}) }

// All says that the rule allows everybody, so that nobody need ask it.
func (r *Rule) All() bool { return r == nil || r.all }

// Decide says whether the address a, normalised in all its parts, may send,
// and names the clause that decided.
func (r *Rule) Decide(a jid.Parts) (allow bool, why string) {
	if r == nil {
		return true, "no access rule"
	}
	for i := range r.clauses {
		if c := &r.clauses[i]; c.Class.matches(&a) {
			return c.Allow, r.why[i]
		}
	}
	return false, r.why[len(r.clauses)]
}
