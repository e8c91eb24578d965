// SPDX-License-Identifier: Apache-2.0

// Package acl decides who may send to a component, and says which clause
// decided.
//
// It follows MongooseIM's [acl] and [access] sections. A class is a list of
// patterns and matches if any of them does; a pattern is a set of conditions
// and matches if all of them do; a rule is a list of clauses, and the first
// one whose class matches decides. If none does, the answer is no.
//
//	condition.go   one condition: a part of the address and how it is compared
//	glob.go        shell globs as regular expressions
//	rule.go        Pattern, Class, Clause, Rule: Decide
//
// Everything is built once, when a configuration is read, and immutable from
// then on: safe for concurrent use. Decide allocates nothing.
//
// The package knows no file, no key path and no line; internal/config does.
// It does not normalise the address it judges, either: the caller did.
package acl
