// SPDX-License-Identifier: Apache-2.0

package acl

import "testing"

// The cases of MongooseIM's acl_SUITE, each under its own name. Its "values"
// other than allow and deny have no use here, so rules ask one question each;
// rules and classes that are not defined are errors of the configuration
// (internal/config), not denials.

func TestAllRuleReturnsAllow(t *testing.T) {
	decide(t, All(), []decision{{"pawel@phost/test", true, "access.all: clause 1: acl all: allow"}})
}

func TestNoneRuleReturnsDeny(t *testing.T) {
	decide(t, None(), []decision{{"gawel@phost/test", false, "access.none: clause 1: acl all: deny"}})
}

func TestBasicAccessRules(t *testing.T) {
	const from = "pawel@phost/test"
	for _, c := range []struct {
		name    string
		clauses []Clause
		want    decision
	}{
		{"all allowed", []Clause{allow(AllClass())}, decision{from, true, "access.single_rule: clause 1: acl all: allow"}},
		{"all denied", []Clause{deny(AllClass())}, decision{from, false, "access.single_rule: clause 1: acl all: deny"}},
		{"deny by default", nil, decision{from, false, "access.single_rule: no clause matches: deny"}},
		{"allow nobody", []Clause{allow(NoneClass())}, decision{from, false, "access.single_rule: no clause matches: deny"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			decide(t, NewRule("single_rule", c.clauses), []decision{c.want})
		})
	}
}

func TestCompoundAccessRules(t *testing.T) {
	wawa := class(t, "admin_wawa", "user=gawel server=wawa")
	krakow := class(t, "admin_krakow", "user=gawel server=krakow")
	onlyKrakow := NewRule("only_krakow_admin", []Clause{allow(krakow), deny(AllClass())})
	onlyWawa := NewRule("only_wawa_admin", []Clause{allow(wawa), deny(AllClass())})
	decide(t, onlyKrakow, []decision{
		{"pawel@krakow/test", false, "access.only_krakow_admin: clause 2: acl all: deny"},
		{"gawel@krakow/test", true, "access.only_krakow_admin: clause 1: acl admin_krakow: allow"},
	})
	decide(t, onlyWawa, []decision{
		{"pawel@krakow/test", false, "access.only_wawa_admin: clause 2: acl all: deny"},
		{"gawel@krakow/test", false, "access.only_wawa_admin: clause 2: acl all: deny"},
	})
}

// A component's access is judged globally in MongooseIM too: rules of one host
// (host_config) have no say. Two rules stand in for two hosts.
func TestHostSpecificAccessRules(t *testing.T) {
	poz := class(t, "admin_poz", "user=gawel server=poznan")
	poznan := NewRule("only_poz_admin", []Clause{allow(poz), deny(AllClass())})
	wroclaw := NewRule("only_poz_admin", []Clause{deny(poz), allow(AllClass())})
	decide(t, poznan, []decision{
		{"gawel@poznan/test", true, "access.only_poz_admin: clause 1: acl admin_poz: allow"},
		{"pawel@wroclaw/test", false, "access.only_poz_admin: clause 2: acl all: deny"},
	})
	decide(t, wroclaw, []decision{
		{"gawel@poznan/test", false, "access.only_poz_admin: clause 1: acl admin_poz: deny"},
		{"pawel@wroclaw/test", true, "access.only_poz_admin: clause 2: acl all: allow"},
	})
}

func TestAllAndNoneSpecs(t *testing.T) {
	everyone := NewRule("all_users", []Clause{allow(class(t, "a_users", "match=all")), deny(AllClass())})
	nobody := NewRule("none_users", []Clause{allow(class(t, "n_users", "match=none")), deny(AllClass())})
	for _, from := range []string{"pawel@zakopane/test", "pawel@any.domain/test"} {
		decide(t, everyone, []decision{{from, true, "access.all_users: clause 1: acl a_users: allow"}})
		decide(t, nobody, []decision{{from, false, "access.none_users: clause 2: acl all: deny"}})
	}
}

// Where the original tells the four clauses apart by their values, the reason
// does here. current_domain is everybody for a component, so it comes last.
func TestMatchDomain(t *testing.T) {
	r := NewRule("rule", []Clause{
		allow(class(t, "b_users", "match=any_hosted_domain resource=test")),
		allow(class(t, "c_users", "match=all resource=test")),
		allow(class(t, "a_users", "match=current_domain resource=rest")),
		deny(AllClass()),
	})
	decide(t, r, []decision{
		{"pawel@zakopane/test", true, "access.rule: clause 1: acl b_users: allow"},
		{"pawel@gdansk/test", true, "access.rule: clause 1: acl b_users: allow"},
		{"pawel@torun/test", true, "access.rule: clause 2: acl c_users: allow"},
		{"pawel@torun/rest", true, "access.rule: clause 3: acl a_users: allow"},
		{"pawel@zakopane/best", false, "access.rule: clause 4: acl all: deny"},
	})
}

// A host type is a set of hosted domains; here there is one set.
func TestMatchHostSpecificRuleForHostType(t *testing.T) {
	r := NewRule("allow_admin", []Clause{
		allow(class(t, "admin", "match=any_hosted_domain user=pawel")), deny(AllClass()),
	})
	decide(t, r, []decision{
		{"pawel@gdansk/res", true, "access.allow_admin: clause 1: acl admin: allow"},
		{"pawel@koszalin/res", false, "access.allow_admin: clause 2: acl all: deny"},
	})
}

func TestDifferentSpecsMatchingTheSameUser(t *testing.T) {
	for _, c := range []struct {
		admin            string
		gdansk, koszalin bool // pawel@gdansk/res, pawel@koszalin/res1
	}{
		{"user=pawel", true, true},
		{"user=pawel server=gdansk", true, false},
		{"server=gdansk", true, false},
		{"resource=res", true, false},
		{"user_regexp=^paw.*", true, true},
		{"user_regexp=^paw.* server=gdansk", true, false},
		{"server_regexp=^gda.*", true, false},
		{"resource_regexp=^res.*", true, true},
		{"user_regexp=^pawe.* server_regexp=^gda.*", true, false},
		{"user_glob=paw??", true, true},
		{"user_glob=paw?? server=gdansk", true, false},
		{"server_glob=gda*", true, false},
		{"resource_glob=re*", true, true},
		{"user_glob=pawe? server_glob=gd*", true, false},
	} {
		r := NewRule("allow_admin", []Clause{allow(class(t, "admin", c.admin)), deny(AllClass())})
		for from, want := range map[string]bool{"pawel@gdansk/res": c.gdansk, "pawel@koszalin/res1": c.koszalin} {
			if got, why := r.Decide(address(t, from)); got != want {
				t.Errorf("%s on %s: %v, %s", c.admin, from, got, why)
			}
		}
	}
}
