// SPDX-License-Identifier: Apache-2.0

package acl

import (
	"strings"
	"testing"

	"weir/internal/jid"
)

// address cuts a test's JID, which is written in normal form.
func address(t testing.TB, s string) jid.Parts {
	t.Helper()
	p, ok := jid.Parse([]byte(s))
	if !ok || !p.Normal {
		t.Fatalf("%q is not a normalised address", s)
	}
	return p
}

// pattern reads "user=paul server_glob=*.example": conditions split at blanks.
func pattern(t testing.TB, text string, hosts ...string) Pattern {
	t.Helper()
	var p Pattern
	for c := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(c, "=")
		if err := p.Add(name, value, NewHosts(hosts)); err != nil {
			t.Fatalf("%s %v", name, err)
		}
	}
	return p
}

func class(t testing.TB, name string, patterns ...string) Class {
	t.Helper()
	c := Class{Name: name}
	for _, text := range patterns {
		c.Patterns = append(c.Patterns, pattern(t, text, "zakopane", "gdansk"))
	}
	return c
}

func allow(c Class) Clause { return Clause{c, true} }
func deny(c Class) Clause  { return Clause{c, false} }

type decision struct {
	from  string
	allow bool
	why   string
}

func decide(t *testing.T, r *Rule, table []decision) {
	t.Helper()
	for _, d := range table {
		if got, why := r.Decide(address(t, d.from)); got != d.allow || why != d.why {
			t.Errorf("%s: %v, %q; want %v, %q", d.from, got, why, d.allow, d.why)
		}
	}
}

func TestPatternMatches(t *testing.T) {
	for _, c := range []struct {
		pattern string
		from    string
		want    bool
	}{
		{"", "anybody@anywhere/at-all", true},
		{"match=all", "anybody@anywhere", true},
		{"match=current_domain", "anybody@anywhere", true},
		{"match=none", "anybody@anywhere", false},
		{"match=none user=paul", "paul@anywhere", false},
		{"match=any_hosted_domain", "paul@gdansk", true},
		{"match=any_hosted_domain", "gdansk", true},
		{"match=any_hosted_domain", "paul@sub.gdansk", false},
		{"match=any_hosted_domain", "paul@torun", false},
		{"match=any_hosted_domain user=paul", "paul@gdansk", true},
		{"match=any_hosted_domain user=paul", "mary@gdansk", false},

		{"user=paul", "paul@a/b", true},
		{"user=PAUL", "paul@a", true},
		{"user=paul", "paula@a", false},
		{"user=paul", "paul", false}, // a domain
		{"user=", "component.example", true},
		{"user=", "paul@a", false},
		{"server=Chat.EXAMPLE.", "x@chat.example", true},
		{"server=example", "x@chat.example", false},
		{"resource=Mobile", "x@a/Mobile", true},
		{"resource=Mobile", "x@a/mobile", false},
		{"resource=", "x@a", true},
		{"resource=", "x@a/r", false},
		{"user=paul server=a resource=r", "paul@a/r", true},
		{"user=paul server=a resource=r", "paul@a/s", false},
		{"user=paul server=a resource=r", "paul@b/r", false},

		{"user_regexp=^adm", "admin@a", true},
		{"user_regexp=dm", "admin@a", true}, // not anchored
		{"user_regexp=^dm", "admin@a", false},
		{"user_regexp=^Adm", "admin@a", true},
		{`user_regexp=^\D+$`, "paul@a", true},
		{`user_regexp=^\D+$`, "123@a", false},
		{`user_regexp=^[A-Z]+$`, "paul@a", true},
		{`server_regexp=^(a|b)\.example$`, "b.example", true},
		{`server_regexp=^(a|b)\.example$`, "c.example", false},
		{`server_regexp=^\[::`, "x@[::1]", true},
		{"resource_regexp=^Mob", "x@a/Mobile", true},
		{"resource_regexp=^mob", "x@a/Mobile", false},

		{"user_glob=bot-*", "bot-1@a", true},
		{"user_glob=bot-*", "robot-1@a", false}, // anchored
		{"user_glob=bot-?", "bot-12@a", false},
		{"user_glob=Bot-?", "bot-1@a", true},
		{"user_glob=*", "a", true},
		{"user_glob=?*", "a", false},
		{"server_glob=*.example", "x@a.b.example", true},
		{"server_glob=*.example", "example", false},
		{"server_glob=[!ab].x", "c.x", true},
		{"server_glob=[!ab].x", "b.x", false},
		{"server_glob=[^ab].x", "b.x", false},
		{"server_glob=[a-c].x", "b.x", true},
		{`user_glob=a\*`, "a*@h", true},
		{`user_glob=a\*`, "ab@h", false},
		{"user_glob=a+b", "a+b@h", true},
		{"user_glob=a.b", "axb@h", false},
		{"resource_glob=[]x]*", "a@h/]1", true},
		{`resource_glob=[\]*`, `a@h/\1`, true},
		{"resource_glob=[[]*", "a@h/[1", true},
		{"resource_glob=[A-Z]*", "a@h/x", false},
		{"resource_glob=a?b", "a@h/aéb", true},
	} {
		p := pattern(t, c.pattern, "gdansk")
		a := address(t, c.from)
		if got := p.matches(&a); got != c.want {
			t.Errorf("%q on %s = %v", c.pattern, c.from, got)
		}
	}
}

func TestClassMatchesIfAnyPatternDoes(t *testing.T) {
	r := NewRule("r", []Clause{allow(class(t, "staff", "user=paul server=a", "user=mary", "server_glob=bots.*"))})
	const yes, no = "access.r: clause 1: acl staff: allow", "access.r: no clause matches: deny"
	decide(t, r, []decision{
		{"paul@a", true, yes},
		{"paul@b", false, no},
		{"mary@b/x", true, yes},
		{"bots.example", true, yes},
		{"mary", false, no},
	})
}

func TestFirstClauseDecides(t *testing.T) {
	r := NewRule("component", []Clause{
		deny(class(t, "banned", "user=paul")),
		allow(class(t, "local", "server=a")),
		deny(class(t, "again", "user=mary")),
		allow(class(t, "friends", "server=b")),
	})
	decide(t, r, []decision{
		{"paul@a", false, "access.component: clause 1: acl banned: deny"},
		{"mary@a", true, "access.component: clause 2: acl local: allow"},
		{"mary@b", false, "access.component: clause 3: acl again: deny"},
		{"joan@b", true, "access.component: clause 4: acl friends: allow"},
		{"joan@c", false, "access.component: no clause matches: deny"},
	})
}

func TestAllSpareTheQuestion(t *testing.T) {
	for _, c := range []struct {
		name string
		rule *Rule
		want bool
	}{
		{"no rule", nil, true},
		{"built in all", All(), true},
		{"built in none", None(), false},
		{"no clause", NewRule("r", nil), false},
		{"everybody first", NewRule("r", []Clause{allow(class(t, "x", "user=a", "match=all")), deny(AllClass())}), true},
		{"everybody after one denied", NewRule("r", []Clause{deny(class(t, "x", "user=a")), allow(AllClass())}), false},
		{"some", NewRule("r", []Clause{allow(class(t, "x", "user=a"))}), false},
	} {
		if got := c.rule.All(); got != c.want {
			t.Errorf("%s: All() = %v", c.name, got)
		}
	}
	if ok, why := (*Rule)(nil).Decide(address(t, "a@b")); !ok || why == "" {
		t.Errorf("no rule: %v, %q", ok, why)
	}
}

func TestConditionErrors(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"match", "lit", `is "lit", allowed: "all", "none", "any_hosted_domain", "current_domain"`},
		{"user", "@@@", `is "@@@", allowed: the part of an address before the @`},
		{"user", "a@h/x", `is "a@h/x", allowed: the part of an address before the @`},
		{"user", "a/b", `is "a/b", allowed: the part of an address before the @`},
		{"server", "", `is "", allowed: a domain name`},
		{"server", "a@b", `is "a@b", allowed: a domain name`},
		{"user_regexp", "a(", `is "a(": missing closing ); allowed: a regular expression as RE2 has them (no look-around, no back-references)`},
		{"server_regexp", "(?=x)", `is "(?=x)": invalid or unsupported Perl syntax; allowed: a regular expression as RE2 has them (no look-around, no back-references)`},
		{"user_glob", "a[b", `is "a[b": missing closing ]; allowed: a glob of * ? [abc] [a-z] [!abc]`},
		{"resource_glob", "[", `is "[": missing closing ]; allowed: a glob of * ? [abc] [a-z] [!abc]`},
		{"resource_glob", "[z-a]", `is "[z-a]": invalid character class range; allowed: a glob of * ? [abc] [a-z] [!abc]`},
		{"server_blog", "x", `there is no condition "server_blog"`},
	} {
		err := new(Pattern).Add(c.name, c.value, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s = %q:\n got %v\nwant %s", c.name, c.value, err, c.want)
		}
	}
}

func TestConditionsAreAllKnown(t *testing.T) {
	for _, name := range Conditions() {
		value := "x"
		if name == "match" {
			value = MatchAll
		}
		if err := new(Pattern).Add(name, value, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
