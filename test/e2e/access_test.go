// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// accessRules are rules and who may pass them. Each gets a listener with one component; every address of everybody sends to it.
var accessRules = []struct {
	name    string
	acl     string // the class that the rule r allows; "": no such class
	rule    string // the rule, when it is another one than "allow the class"
	allowed string // addresses of everybody that pass, by their letters
}{
	{name: "all, built in", rule: "all", allowed: "abcdefg"},
	{name: "none, built in", rule: "none"},
	{name: "match all", acl: `[{match = "all"}]`, allowed: "abcdefg"},
	{name: "match none", acl: `[{match = "none"}]`},
	{name: "match current_domain", acl: `[{match = "current_domain"}]`, allowed: "abcdefg"},
	{name: "a pattern without conditions", acl: `[{}]`, allowed: "abcdefg"},
	{name: "no pattern", acl: `[]`},
	{name: "match any_hosted_domain", acl: `[{match = "any_hosted_domain"}]`, allowed: "ab"},
	{name: "user", acl: `[{user = "Alice"}]`, allowed: "acf"},
	{name: "no user", acl: `[{user = ""}]`, allowed: "e"},
	{name: "user_regexp", acl: `[{user_regexp = "^(alice|b.b)$"}]`, allowed: "abcf"},
	{name: "user_regexp, not anchored", acl: `[{user_regexp = "li"}]`, allowed: "acdf"},
	{name: "user_glob", acl: `[{user_glob = "al[!x]ce*"}]`, allowed: "acdf"},
	{name: "server", acl: `[{server = "One.Example"}]`, allowed: "ab"},
	{name: "server_regexp", acl: `[{server_regexp = "^[ot][nw][eo]\\.example$"}]`, allowed: "abc"},
	{name: "server_glob", acl: `[{server_glob = "*.one.example"}]`, allowed: "f"},
	{name: "resource", acl: `[{resource = "Mobile"}]`, allowed: "b"},
	{name: "resource_regexp, which has case", acl: `[{resource_regexp = "^[a-z]+$"}]`, allowed: "cdf"},
	{name: "resource_glob", acl: `[{resource_glob = "[Mm]obile?"}]`, allowed: "g"},
	{name: "all conditions of a pattern", acl: `[{user = "alice", server = "two.example", resource = "mobile"}]`, allowed: "c"},
	{name: "any pattern of a class", acl: `[{user = "bob"}, {server = "two.example"}]`, allowed: "bc"},
	{name: "the first clause that matches decides", acl: `[{user = "alice"}]`, allowed: "acdefg",
		rule: `[{acl = "r", value = "allow"}, {acl = "ones", value = "deny"}, {acl = "all", value = "allow"}]`},
	{name: "deny comes first", acl: `[{user = "alice"}]`, allowed: "bdeg",
		rule: `[{acl = "r", value = "deny"}, {acl = "all", value = "allow"}]`},
	{name: "no clause matches", acl: `[{user = "nobody"}]`, rule: `[{acl = "r", value = "allow"}, {acl = "none", value = "allow"}]`},
	{name: "no clause", rule: `[]`},
}

// everybody are the senders, by letter.
var everybody = []struct{ letter, address string }{
	{"a", "alice@one.example"},
	{"b", "bob@one.example/Mobile"},
	{"c", "ALICE@Two.EXAMPLE/mobile"},
	{"d", "alicexy@three.example/mobile"},
	{"e", "three.example"},
	{"f", "alice@sub.one.example/mobile"},
	{"g", "carol@three.example/Mobile2"},
}

func accessConfig() string {
	var acl, access, listeners strings.Builder
	for i, r := range accessRules {
		name := fmt.Sprintf("r%d", i)
		if r.acl != "" {
			fmt.Fprintf(&acl, "%s = %s\n", name, r.acl)
		}
		rule := r.rule
		switch rule {
		case "all", "none":
			name = rule
		case "":
			rule = `[{acl = "r", value = "allow"}]`
			fallthrough
		default:
			fmt.Fprintf(&access, "%s = %s\n", name, strings.ReplaceAll(rule, `"r"`, `"`+name+`"`))
		}
		listeners.WriteString(listener + "access = \"" + name + "\"\n")
	}
	return "[general]\nhosts = [\"one.example\"]\n[acl]\nones = [{server_glob = \"*one.example\"}, {server = \"two.example\"}]\n" + acl.String() +
		"[access]\n" + access.String() + listener + "check_from = false\n" + listeners.String()
}

// TestAccessConditions: every kind of condition, alone and together, and the order of clauses.
func TestAccessConditions(t *testing.T) {
	w := xmpptest.StartWeir(t, accessConfig())
	p := dial(t, w, "sender.example") // says that it is everybody
	for i, tt := range accessRules {
		t.Run(tt.name, func(t *testing.T) {
			p := p.In(t)
			guarded := xmpptest.Dial(t, w.AddrOf(i+1), fmt.Sprintf("g%d.example", i), secret)
			for _, who := range everybody {
				m := fmt.Sprintf("<message from='%s' to='x@%s/y' id='%s'><body>secret words</body></message>", who.address, guarded.Name, who.letter)
				p.Send(m)
				if strings.Contains(tt.allowed, who.letter) {
					guarded.Expect(m)
				} else {
					p.Expect(xmpptest.StanzaError("message", "x@"+guarded.Name+"/y", who.address, who.letter, "cancel", "not-allowed"))
				}
			}
			p.Sync() // nobody who was let through was told otherwise
			guarded.End()
		})
	}
}

// TestAccessOfEachKindOfStanza: what is denied is answered, unless it is an answer itself; then it is dropped.
func TestAccessOfEachKindOfStanza(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+listener+"access = \"none\"\n")
	p, closed := dial(t, w, "c.example"), xmpptest.Dial(t, w.AddrOf(1), "closed.example", secret)
	denied := func(name, id string) string {
		return xmpptest.StanzaError(name, "closed.example", "c.example", id, "cancel", "not-allowed")
	}
	for _, tt := range []struct{ name, stanza, answer string }{
		{"a message", "<message from='c.example' to='closed.example' id='1'/>", denied("message", "1")},
		{"a presence", "<presence type='subscribe' from='c.example' to='closed.example'/>", denied("presence", "")},
		{"a question", "<iq type='get' from='c.example' to='closed.example' id='2'><q xmlns='urn:q'/></iq>", denied("iq", "2")},
		{"an order", "<iq type='set' from='c.example' to='closed.example' id='3'><q xmlns='urn:q'/></iq>", denied("iq", "3")},
		{"a result", "<iq type='result' from='c.example' to='closed.example' id='4'/>", ""},
		{"an error", "<message type='error' from='c.example' to='closed.example' id='5'/>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := p.In(t)
			p.Send(tt.stanza)
			p.Expect(tt.answer)
			p.Sync()
		})
	}
	m := "<message from='closed.example' to='c.example'/>" // the rule is about who sends to it, not about what it sends
	closed.Send(m)
	p.Expect(m)
	closed.ExpectNothingYet()
}

// TestAccessRefused: a rule or a class that nobody has defined, and a value that is neither word, do not start.
func TestAccessRefused(t *testing.T) {
	for _, tt := range []struct{ name, config, want string }{
		{"no such rule", listener + "access = \"component\"\n", `weir.toml:6: listen.component.access: is "component", which is not defined`},
		{"no such class", "[access]\nr = [{acl = \"friends\", value = \"allow\"}]\n" + listener + "access = \"r\"\n",
			`weir.toml:2: access.r.acl: is "friends", which is not defined`},
		{"another value", "[access]\nr = [{acl = \"all\", value = \"yes\"}]\n" + listener + "access = \"r\"\n", `weir.toml:2: access.r.value: is "yes"`},
		{"no such condition", "[acl]\nr = [{sever = \"a.example\"}]\n" + listener, `weir.toml:2: acl.r.sever: is not a key of [acl.r]; did you mean server?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, output := xmpptest.StartWeirToFail(t, tt.config); status != 1 || !strings.Contains(output, tt.want) {
				t.Errorf("exit status %d, output\n%s\nwant 1 and %s", status, output, tt.want)
			}
		})
	}
}
