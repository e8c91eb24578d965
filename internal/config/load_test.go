// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is a Support that refuses nothing.
var everything = Support{IOURing: true, DrainWindow: true, TLS: true, Upstream: true, Admin: true, Cluster: true}

// listener is a listener without a fault, for files that are about something
// else. It stands below, so that lines count from the case's own first.
const listener = "\n[[listen.component]]\nport = 8888\npassword = 'secret'\n"

// good parses a text that must be right.
func good(t *testing.T, text string) *Config {
	t.Helper()
	c, errs := parse("weir.toml", text, everything)
	if len(errs) > 0 {
		t.Fatalf("%s\n%v", text, errs)
	}
	return c
}

// wrong parses a text with mistakes and returns them.
func wrong(t *testing.T, text string, support Support) []string {
	t.Helper()
	c, errs := parse("weir.toml", text, support)
	if c != nil || len(errs) == 0 {
		t.Fatalf("accepted:\n%s", text)
	}
	return strings.Split(errs.Error(), "\n")
}

type mistake struct {
	name string
	text string   // [listen.component] is added if there is none
	want []string // without "weir.toml:"
}

func (m mistake) run(t *testing.T, support Support) {
	text := m.text
	if !strings.Contains(text, "listen") {
		text += listener
	}
	got := wrong(t, text, support)
	for i, line := range got {
		got[i] = strings.TrimPrefix(line, "weir.toml:")
	}
	if d := cmp.Diff(m.want, got); d != "" {
		t.Errorf("(-want +got):\n%s\nin:\n%s", d, text)
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	mistake{"", `[general]
hosts = ["example.com", "@", 7]
loglvel = "info"
[engine]
loops = -1
pause_lease = 200
[[listen.component]]
  port = 522222
  pasword = "secret"
  max_connection = 5
  access = "nobody"
[[listen.component]]
  password = ""
`, []string{
		`2: general.hosts: holds "@", allowed: domain names`,
		`2: general.hosts: holds 7, allowed: domain names`,
		`3: general.loglvel: is not a key of [general]; did you mean loglevel?`,
		`5: engine.loops: is -1, allowed: an integer from 0 to 1024`,
		`6: engine.pause_lease: is 200, allowed: a duration in quotes with its unit, from "1ms" to "10s"`,
		`8: listen.component.port: is 522222, allowed: an integer from 0 to 65535`,
		`9: listen.component.pasword: is not a key of [listen.component]; did you mean password?`,
		`10: listen.component.max_connection: is not a key of [listen.component]; did you mean max_connections?`,
		`11: listen.component.access: is "nobody", which is not defined: there is no such rule in [access]`,
		`12: listen.component.port: is missing, needed: an integer from 0 to 65535 (8888 is usual)`,
		`13: listen.component.password: is an empty string, allowed: a string that is not empty`,
	}}.run(t, Support{})
}

func TestEmptyFile(t *testing.T) {
	want := []string{"weir.toml:1: listen.component: is missing, needed: at least one [[listen.component]]"}
	for _, text := range []string{"", "\n\n# nothing\n"} {
		if d := cmp.Diff(want, wrong(t, text, Support{})); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, m := range []mistake{
		{"no value", "[general]\nhosts =\n", []string{`2: expected value but found '\n' instead; a string stands in quotes`}},
		{"a key twice", "[general]\n\nhosts = []\nhosts = []\n", []string{`4: Key 'general.hosts' has already been defined`}},
		{"a bare word", "[general]\nloglevel = debug\n", []string{`2: expected value but found "debug" instead; a string stands in quotes`}},
		{"a boolean as in Python", "[[listen.component]]\ncheck_from = True\n", []string{
			`2: expected value but found "True" instead; a string stands in quotes, true and false are written small`}},
		{"an address without quotes", "[[listen.component]]\nip_address = 127.0.0.1\n", []string{`2: Invalid float value: "127.0.0.1"; a string stands in quotes`}},
		{"a duration without quotes", "[engine]\npause_lease = 5s\n", []string{
			`2: expected a top-level item to end with a newline, comment, or EOF, but got 's' instead; a string stands in quotes`}},
		{"a string that does not end", "[general]\nloglevel = \"info\nhosts = []\n", []string{`2: strings cannot contain newlines: its second quote is missing`}},
		{"a colon", "[general]\nloglevel: \"info\"\n", []string{`2: expected '.' or '=', but got ':' instead; written key = value`}},
		{"a listener in single brackets behind another", "[[listen.component]]\nport = 1\n[listen.component]\nport = 2\n", []string{
			`3: Key 'listen.component' has already been defined; each one is written [[listen.component]]`}},
		{"a message with a newline in it", "[general]\nloglevel = \"in\\\nfo\"\n", []string{`2: invalid escape in string '\\u000A'`}},
		{"a header that does not end", "[general]\n[[listen.component]\nport = 1\n", []string{
			`2: expected end of table array name delimiter ']', but got '\n' instead`}},
		{"a table that does not end", "[general\nhosts = []\n", []string{`1: expected '.' or ']' to end table name, but got '\n' instead`}},
		{"a secret without quotes", "[[listen.component]]\nport = 1\npassword = 0123456\n", []string{
			`3: the value of listen.component.password, or what follows it, is not TOML (the value is not shown; a string stands in quotes)`}},
		{"a secret twice", "[[listen.component]]\nport = 1\npassword = 'a'\npassword = 'b'\n", []string{
			`4: Key 'listen.component.password' has already been defined`}},
		{"a secret in a list", "[[listen.component]]\npasswords = ['a', 0_hunter2]\n", []string{
			`2: the value of listen.component.passwords, or what follows it, is not TOML (the value is not shown; a string stands in quotes)`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, Support{}) })
	}
}

func TestUnknownKeys(t *testing.T) {
	for _, m := range []mistake{
		{"top level", "generall.hosts = []\n", []string{`1: generall: is not a key of the file; did you mean general?`}},
		{"top level, far", "x = 1\n", []string{`1: x: is not a key of the file`}},
		{"engine", "[engine]\ndirver = 'epoll'\n", []string{`2: engine.dirver: is not a key of [engine]; did you mean driver?`}},
		{"shaper", "[shaper.fast]\nmaxrate = 5\n", []string{
			`2: shaper.fast.maxrate: is not a key of [shaper.fast]; did you mean max_rate?`}},
		{"acl", "acl.x = [{usr = 'a'}]\n", []string{`1: acl.x.usr: is not a key of [acl.x]; did you mean user?`}},
		{"access", "access.x = [\n{acl = 'all', value = 'allow', else = 'deny'}]\n", []string{`2: access.x.else: is not a key of [access.x]`}},
		{"listen", "[[listen.componen]]\nport = 1\n", []string{
			`1: listen.componen: is not a key of [listen]; did you mean component?`}},
		{"no listener", "[listen]\n", []string{`1: listen.component: is missing, needed: at least one [[listen.component]]`}},
		{"listen, before its renaming", "[[listen.service]]\nport = 1\n", []string{
			`1: listen.service: is the old name of component`}},
		{"key, before its renaming", "shaper.fast.max_rate = 1\n" + listener + "shaper_rule = 'fast'\n", []string{
			`6: listen.component.shaper_rule: is the old name of shaper`}},
		{"disco", "[modules.mod_disco]\nusers_can_see_hidden_service = true\n", []string{
			`2: modules.mod_disco.users_can_see_hidden_service: is not a key of [modules.mod_disco]; did you mean users_can_see_hidden_services?`}},
		{"module like ours", "[modules.mod_disko]\n", []string{`1: modules.mod_disko: is not a module; did you mean mod_disco?`}},
		{"no module", "[modules.disco]\n", []string{`1: modules.disco: is not a module, allowed: names that begin with mod_`}},
		{"tls", "[[listen.component]]\nport = 1\npassword = 'x'\n[listen.component.tls]\nkeyfiel = 'k'\n", []string{
			`4: listen.component.tls.certfile: is missing, needed: certfile and keyfile both`,
			`5: listen.component.tls.keyfiel: is not a key of [listen.component.tls]; did you mean keyfile?`}},
		{"upstream", "[[upstream]]\nname = 'p'\naddress = 'h:1'\ndomains = ['*']\nsecret = 's'\nadress = 'x'\n", []string{
			`6: upstream.adress: is not a key of [upstream]; did you mean address?`}},
		{"admin", "admin.tokken = 'x'\n", []string{`1: admin.tokken: is not a key of [admin]; did you mean token?`}},
		{"cluster", "cluster.mod = 'none'\n", []string{`1: cluster.mod: is not a key of [cluster]; did you mean mode?`}},
		{"listen, by many of them", "[[listen.components]]\nport = 1\n", []string{
			`1: listen.components: is not a key of [listen]; did you mean component?`}},
		{"a listener by another name", listener + "[[listener]]\nport = 1\n", []string{
			`5: listener: is not a key of the file; a listener begins with [[listen.component]]`}},
		{"a part of the key", "[engine]\nqueue_low = 65536\n", []string{
			`2: engine.queue_low: is not a key of [engine]; did you mean queue_low_bytes?`}},
		{"another section's word", "[[upstream]]\nname = 'p'\nhost = 'h:1'\ndomains = ['*']\npassword = 's'\n", []string{
			`3: upstream.host: is not a key of [upstream]; did you mean address?`,
			`5: upstream.password: is not a key of [upstream]; did you mean secret?`}},
		{"a secret for components", "[[listen.component]]\nport = 1\nsecret = 's'\n", []string{
			`3: listen.component.secret: is not a key of [listen.component]; did you mean password?`}},
		{"of another section", "max_rate = 5\n[general]\nstate_timeout = 5000\n[admin]\nlinger = '1s'\n", []string{
			`1: max_rate: is not a key of the file; it is one of [shaper.NAME]`,
			`3: general.state_timeout: is not a key of [general]; it is one of [[listen.component]]`,
			`5: admin.linger: is not a key of [admin]; it is one of [[upstream]]`}},
		{"of two other sections", "[engine]\nverify_mode = 'none'\nserver_name = 'x'\ncacertfile = 'x'\n", []string{
			`2: engine.verify_mode: is not a key of [engine]; it is one of [listen.component.tls]`,
			`3: engine.server_name: is not a key of [engine]; it is one of [upstream.tls]`,
			`4: engine.cacertfile: is not a key of [engine]; it is one of [listen.component.tls] or [upstream.tls] or [cluster]`}},
		{"behind the table that ends its own", "[[listen.component]]\nport = 1\npassword = 'x'\n[listen.component.tls]\ncertfile = 'testdata/cert.pem'\n" +
			"keyfile = 'testdata/key.pem'\naccess = 'all'\n", []string{
			`7: listen.component.tls.access: is not a key of [listen.component.tls]; it is one of [[listen.component]], so it stands above this table's header`}},
		{"a table where it is not", "[tls]\ncertfile = 'x'\n", []string{
			`1: tls: is not a key of the file; it is one of [[listen.component]] or [[upstream]]`}},
		{"with a newline in its name", "[general]\n\"a\\nb\" = 1\n", []string{`2: general."a\u000Ab": is not a key of [general]`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, everything) })
	}
}

func TestTablesOfTheWrongKind(t *testing.T) {
	for _, m := range []mistake{
		{"a value for a table", "general = 1\n", []string{`1: general: is an integer, allowed: a table, written [general]`}},
		{"a table for an array", "[listen.component]\nport = 1\n", []string{
			`1: listen.component: is a table, allowed: an array of tables, written [[listen.component]]`}},
		{"listeners without their last name", "[[listen]]\nport = 1\n", []string{
			`1: listen: is an array, allowed: listeners, each written [[listen.component]]`}},
		{"a shaper without a name", "[shaper]\nmax_rate = 50000\nfast = 50000\n", []string{
			`2: shaper.max_rate: is an integer, allowed: shapers with a name, written [shaper.NAME], with max_rate in it`,
			`3: shaper.fast: is an integer, allowed: a table, written [shaper.fast], with max_rate in it`}},
		{"values in an array", "listen.component = [1]\n", []string{`1: listen.component: holds an integer, allowed: tables`}},
		{"an array for a table", "[[engine]]\n", []string{`1: engine: is an array, allowed: a table, written [engine]`}},
		{"an acl as a table", "[acl.local]\nuser = 'a'\n", []string{
			`1: acl.local: is a table, allowed: an array of tables, written [[acl.local]]`}},
		{"upstream as a table", "[upstream]\nname = 'a'\n", []string{
			`1: upstream: is a table, allowed: an array of tables, written [[upstream]]`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, everything) })
	}
}

func TestUnsupportedFeaturesAreRefused(t *testing.T) {
	for _, m := range []mistake{
		{"io_uring", "[engine]\ndriver = 'io_uring'\n", []string{`2: engine.driver: "io_uring" is not supported by this version`}},
		{"drain window", "engine.drain_window = '5s'\n", []string{`1: engine.drain_window: to spread the goodbyes is not supported by this version`}},
		{"tls", "[[listen.component]]\nport = 1\npassword = 'x'\n[listen.component.tls]\nnonsense = 1\n", []string{
			`4: listen.component.tls: is not supported by this version`}},
		{"upstream", "[[upstream]]\n[[upstream]]\n", []string{`1: upstream: is not supported by this version`}},
		{"admin", "[admin]\naddress = '127.0.0.1:9090'\n", []string{`1: admin: is not supported by this version`}},
		{"cluster", "[cluster]\nmode = 'nats'\n", []string{`2: cluster.mode: "nats" is not supported by this version`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, Support{}) })
	}
	if _, errs := parse("weir.toml", "engine.drain_window = '0s'\ncluster.mode = 'none'\n"+listener, Support{}); len(errs) > 0 {
		t.Errorf("what asks for nothing is refused: %v", errs)
	}
}

func TestLoadFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "weir.toml")
	if _, errs := Load(name); len(errs) != 1 || errs.Error() != name+": cannot be read: no such file or directory" {
		t.Errorf("no file: %v", errs)
	}
	write(t, name, "[[listen.component]]\nport = 0\npassword_file = 'component.secret'\n")
	if _, errs := Load(name); len(errs) != 1 || errs.Error() != name+`:3: listen.component.password_file: is "component.secret", which is `+filepath.Join(dir, "component.secret")+`: no such file or directory` {
		t.Errorf("no secret: %v", errs)
	}
	write(t, filepath.Join(dir, "component.secret"), "hunter2\n")
	c, errs := Load(name)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if c.File != name || string(c.Listeners[0].Passwords[0]) != "hunter2" {
		t.Errorf("loaded %q, password %q", c.File, string(c.Listeners[0].Passwords[0]))
	}
	write(t, name, strings.Repeat("#\n", fileBytesMax/2+1))
	if _, errs := Load(name); len(errs) != 1 || errs.Error() != name+": cannot be read: it is longer than 4 MiB" {
		t.Errorf("a long file: %v", errs)
	}
	if _, errs := Load(dir); len(errs) != 1 || !strings.HasPrefix(errs.Error(), dir+": cannot be read: ") {
		t.Errorf("a directory: %v", errs)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDefaultIsWhatItsTextSays(t *testing.T) {
	c := Default()
	password := string(c.Listeners[0].Passwords[0])
	if len(password) < 26 { // 128 bits in base 32
		t.Errorf("password of %d characters", len(password))
	}
	if again := string(Default().Listeners[0].Passwords[0]); again == password {
		t.Error("the same password twice")
	}
	if got := c.Listeners[0].Name; got != "127.0.0.1:8888" {
		t.Errorf("listens on %s", got)
	}
	read := good(t, strings.Replace(c.Effective(), `"***"`, quote(password), 1))
	read.File = ""
	if d := cmp.Diff(c.Effective(), read.Effective()); d != "" {
		t.Errorf("(-default +read):\n%s", d)
	}
	if diff := Diff(c, read); len(diff) > 0 {
		t.Errorf("the default, read again, differs: %q", diff)
	}
}
