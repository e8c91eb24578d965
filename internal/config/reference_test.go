// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// These tests hold three things together: the keys of the code, the reference
// configs/weir.toml and docs/CONFIG.md. Each key stands in all three, with the
// same default, and every example can be read.

const (
	configsDir = "../../configs"
	manual     = "../../docs/CONFIG.md"
)

var (
	// #key = value and #[table] are keys that are off; "# words" are words.
	offKey = regexp.MustCompile(`(?m)^(\s*)#(\S)`)
	// names is a file that an example names.
	named = regexp.MustCompile(`"([\w.-]+\.(?:pem|secret|creds))"`)
)

// optionalFiles are keys that may not stand beside the secret they replace, or beside another key's default.
var optionalFiles = regexp.MustCompile(`(?m)^\s*#?(password_file|secret_file|token_file|trusted_proxies) = .*\n`)

// defaultsByKey are the defaults as TOML, by key; without those that have none.
func defaultsByKey() map[string]string {
	c := defaults()
	c.Listeners = []Listener{defaultListener()}
	c.Upstreams = []Upstream{defaultUpstream()}
	c.Upstreams[0].TLS = new(UpstreamTLS)
	c.Listeners[0].TLS = defaultTLS()
	c.Listeners[0].written.ipVersion = 4
	m := map[string]string{}
	for _, s := range c.sections() {
		for _, f := range s.fields {
			if v := f.show(); v != "" {
				m[s.keys+"."+f.name] = v
			}
		}
	}
	m["listen.component.num_acceptors"] = "100"
	m["listen.component.hibernate_after"] = "0"
	m["listen.component.ip_address"] = `"0.0.0.0"`
	delete(m, "listen.component.port")
	return m
}

// besides makes the files that a text names, in a new directory, and returns a
// name for the text there.
func besides(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		write(t, filepath.Join(dir, m[1]), "content\n")
	}
	return filepath.Join(dir, "weir.toml")
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestExamplesAreRight(t *testing.T) {
	examples, err := filepath.Glob(filepath.Join(configsDir, "*.toml"))
	if err != nil || len(examples) < 3 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, name := range examples {
		if !clusterBuilt && strings.Contains(name, "cluster") {
			continue // refused, as it is to be
		}
		if _, errs := Load(name); len(errs) > 0 {
			t.Error(errs)
		}
	}
}

func TestReferenceHasEveryKey(t *testing.T) {
	text := offKey.ReplaceAllString(read(t, filepath.Join(configsDir, "weir.toml")), "$1$2")
	var got []string
	for _, key := range Keys() {
		if strings.Contains(key, "NAME") {
			key = regexp.MustCompile(`(shaper|acl|access)\.NAME`).ReplaceAllString(key, "$1")
		}
		got = append(got, key)
	}
	seen := map[string]bool{}
	for _, p := range paths(indexLines(text)) {
		seen[p] = true
	}
	for _, key := range got {
		if !seen[key] {
			t.Errorf("%s is not in configs/weir.toml", key)
		}
	}
}

// paths writes the index's entries as key paths, without array indices and
// without the names that users give.
func paths(l lines) []string {
	index, length := regexp.MustCompile(`\[\d+\]`), regexp.MustCompile(`\d+:`)
	given := regexp.MustCompile(`^(shaper|acl|access)\.[^.]+`)
	var all []string
	for id := range l {
		p := strings.TrimPrefix(length.ReplaceAllString(index.ReplaceAllString(id, ""), "."), ".")
		all = append(all, given.ReplaceAllString(p, "$1"))
	}
	return all
}

// With every # taken away the reference is right, has no key that is not
// there, and what was off has its default.
func TestReferenceShowsDefaults(t *testing.T) {
	text := read(t, filepath.Join(configsDir, "weir.toml"))
	all := offKey.ReplaceAllString(optionalFiles.ReplaceAllString(text, ""), "$1$2")
	c, errs := parse(besides(t, all), all, everything)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	defaults := defaultsByKey()
	off := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*#(\w+) = `).FindAllStringSubmatch(text, -1) {
		off[m[1]] = true
	}
	compared := 0
	for _, s := range c.sections() {
		for _, f := range s.fields {
			want, has := defaults[s.keys+"."+f.name]
			noDefaultShown := []string{"versions", "crl_files", "session_tickets"}
			if !off[f.name] || !has || f.show() == "" || slices.Contains(noDefaultShown, f.name) {
				continue
			}
			compared++
			if f.show() != want {
				t.Errorf("configs/weir.toml shows %s.%s = %s, the default is %s", s.keys, f.name, f.show(), want)
			}
		}
	}
	if compared < 35 {
		t.Errorf("only %d keys were compared", compared)
	}
}

// entry is a key's section in the manual.
type entry struct {
	key, byDefault, example string
	restart                 bool // a reload does not change it
}

var (
	heading    = regexp.MustCompile("(?m)^### `([^`]+)`$")
	defaultOf  = regexp.MustCompile("(?m)^\\* \\*\\*Default:\\*\\* (`([^`]*)`)?")
	exampleOf  = regexp.MustCompile("(?m)^\\* \\*\\*Example:\\*\\* `([^`]*)`$")
	tomlBlocks = regexp.MustCompile("(?s)```toml\n(.*?)```")
)

func entries(t *testing.T) []entry {
	t.Helper()
	text := read(t, manual)
	at := heading.FindAllStringSubmatchIndex(text, -1)
	var all []entry
	for i, h := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		body := text[h[1]:end]
		e := entry{key: text[h[2]:h[3]], restart: strings.Contains(body, "*Restart.*")}
		if m := defaultOf.FindStringSubmatch(body); m != nil {
			e.byDefault = m[2]
		} else {
			t.Errorf("%s: no default is told", e.key)
		}
		if m := exampleOf.FindStringSubmatch(body); m != nil {
			e.example = m[1]
		} else {
			t.Errorf("%s: no example", e.key)
		}
		all = append(all, e)
	}
	return all
}

func TestManualHasEveryKeyInOrder(t *testing.T) {
	var got []string
	for _, e := range entries(t) {
		got = append(got, e.key)
	}
	if d := cmp.Diff(Keys(), got); d != "" {
		t.Errorf("docs/CONFIG.md (-code +manual):\n%s", d)
	}
}

func TestManualTellsDefaults(t *testing.T) {
	defaults := defaultsByKey()
	for _, e := range entries(t) {
		if want := defaults[e.key]; e.byDefault != want {
			t.Errorf("%s: the manual's default is %q, the code's %q", e.key, e.byDefault, want)
		}
	}
}

func TestManualTellsWhatNeedsARestart(t *testing.T) {
	c := defaults()
	c.Listeners = []Listener{defaultListener()}
	c.Upstreams = []Upstream{defaultUpstream()}
	needs := map[string]bool{}
	for _, s := range c.sections() {
		for _, f := range s.fields {
			needs[s.keys+"."+f.name] = f.restart
		}
	}
	for _, e := range entries(t) {
		if e.restart != needs[e.key] {
			t.Errorf("%s: the manual says that it needs a restart: %v, the code: %v", e.key, e.restart, needs[e.key])
		}
	}
}

func TestManualsExamplesAreRight(t *testing.T) {
	for _, e := range entries(t) {
		t.Run(e.key, func(t *testing.T) {
			name, _, _ := strings.Cut(e.example, " =")
			if !strings.HasSuffix(e.key, "."+name) && !strings.HasPrefix(e.key, "acl.") && !strings.HasPrefix(e.key, "access.") {
				t.Errorf("the example is of %s", name)
			}
			text := around(e)
			if _, errs := parse(besides(t, text), text, everything); len(errs) > 0 {
				t.Errorf("%v\n%s", errs, text)
			}
		})
	}
}

// around makes a whole file of a key's example.
func around(e entry) string {
	table, name := e.key[:strings.LastIndexByte(e.key, '.')], e.key[strings.LastIndexByte(e.key, '.')+1:]
	if name == "trusted_proxies" {
		e.example += "\nproxy_protocol = true"
	}
	needed := func(keys ...string) string {
		var b strings.Builder
		for _, k := range keys {
			key, _, _ := strings.Cut(k, " =")
			if key != name && key+"_file" != name {
				b.WriteString(k + "\n")
			}
		}
		return b.String()
	}
	base := "[shaper.fast]\nmax_rate = 1\n[access]\ncomponent = []\n"
	component := "[[listen.component]]\n" + needed("port = 8888", "password = 'secret'")
	switch table {
	case "listen.component":
		return base + component + e.example
	case "listen.component.tls":
		return base + "[[listen.component]]\nport = 8888\npassword = 'secret'\n[listen.component.tls]\n" +
			needed(`certfile = "cert.pem"`, `keyfile = "key.pem"`) + e.example
	case "upstream.tls":
		return listener + "[[upstream]]\nname = 'n'\naddress = 'h:1'\nsecret = 's'\ndomains = ['*']\n[upstream.tls]\n" +
			besideIt(name) + e.example
	case "upstream":
		return component + "[[upstream]]\n" + needed("name = 'n'", "address = 'h:1'", "secret = 's'", "domains = ['*']") + e.example
	case "acl.NAME", "access.NAME":
		return "[" + strings.TrimSuffix(table, ".NAME") + "]\n" + e.example + "\n" + component
	case "shaper.NAME":
		return "[shaper.fast]\n" + e.example + "\n" + component
	default:
		return "[" + table + "]\n" + e.example + "\n" + component
	}
}

// besideIt is what must stand beside a key of [upstream.tls].
func besideIt(name string) string {
	return map[string]string{"certfile": "keyfile = \"key.pem\"\n", "keyfile": "certfile = \"cert.pem\"\n"}[name]
}

func TestManualsBlocksAreRight(t *testing.T) {
	blocks := tomlBlocks.FindAllStringSubmatch(read(t, manual), -1)
	if len(blocks) < 5 {
		t.Errorf("only %d blocks", len(blocks))
	}
	for _, b := range blocks {
		text := b[1]
		if !strings.Contains(text, "[[listen.component]]") {
			text += listener
		}
		if _, errs := parse(besides(t, text), text, everything); len(errs) > 0 {
			t.Errorf("%v\n%s", errs, text)
		}
	}
}
