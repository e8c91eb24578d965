// SPDX-License-Identifier: Apache-2.0

package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"

	"weir/internal/acl"
)

// fileBytesMax is far beyond any configuration and keeps a mistaken path from
// filling the memory.
const fileBytesMax = 4 * mib

// Load reads and checks a file. It returns either a configuration or every
// mistake there is in the file; a mistake of syntax hides the others.
func Load(name string) (*Config, Errors) {
	text, err := readConfigFile(name)
	if err != nil {
		return nil, Errors{{File: name, Text: "cannot be read: " + bareError(err).Error()}}
	}
	return Parse(name, text)
}

// Parse is Load for the text of a file; name is for messages, and files it
// names are looked for beside it.
func Parse(name string, text []byte) (*Config, Errors) {
	return parse(name, string(text), thisVersion())
}

// Default is the configuration without a file: one listener on 127.0.0.1:8888
// with a random password, another one each time.
func Default() *Config {
	c := defaults()
	l := defaultListener()
	l.Addr = netip.MustParseAddrPort("127.0.0.1:8888")
	l.Name = l.Addr.String()
	l.written.ip, l.written.ipVersion, l.written.port = "127.0.0.1", 4, 8888
	l.written.password = Secret(rand.Text())
	l.Passwords = []Secret{l.written.password}
	c.Listeners = []Listener{l}
	return c
}

func defaults() *Config {
	return &Config{
		General: defaultGeneral(),
		Engine:  defaultEngine(),
		Disco:   Disco{UsersSeeHidden: true},
		Cluster: defaultCluster(),
	}
}

func readConfigFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, fileBytesMax+1))
	if err == nil && len(text) > fileBytesMax {
		err = errors.New("it is longer than 4 MiB")
	}
	return text, err
}

func parse(name, text string, support Support) (*Config, Errors) {
	var items map[string]any
	if _, err := toml.Decode(text, &items); err != nil {
		return nil, Errors{syntaxError(name, text, err)}
	}
	src := &source{file: name, dir: filepath.Dir(name), support: support, lines: indexLines(text)}
	c := defaults()
	c.File = name
	c.read(&block{src: src, items: items})
	c.Notes = src.notes
	if len(src.errs) > 0 {
		src.errs.sort()
		return nil, src.errs
	}
	return c, nil
}

// read goes in the order in which sections need each other.
func (c *Config) read(b *block) {
	b.known(append([]string{
		"general", "engine", "shaper", "acl", "access", "modules", "listen", "upstream", "admin", "cluster",
	}, sectionsWithoutEffect()...)...)
	noteAll(b, sectionsWithoutEffect())

	readGeneral(b.sub("general"), &c.General)
	readEngine(b.sub("engine"), &c.Engine)
	c.Shapers = readShapers(b.sub("shaper"))
	c.Classes = readClasses(b.sub("acl"), acl.NewHosts(c.General.Hosts))
	c.Rules = readRules(b.sub("access"))
	readModules(b.sub("modules"), &c.Disco)
	if listen := b.sub("listen"); listen.items != nil || !b.has("listen") {
		c.readListeners(listen)
	}
	c.Upstreams = readUpstreams(b)
	readAdmin(b, &c.Admin)
	readCluster(b.sub("cluster"), &c.Cluster)
	c.checkNeighbours(b)
}

func (c *Config) readListeners(b *block) {
	b.known(append([]string{"component"}, listenersWithoutEffect()...)...)
	noteAll(b, listenersWithoutEffect())
	if b.lacks("component") {
		b.fail("component", "is missing, needed: at least one %s", listenerHeader)
	}
	at := b.subs("component")
	for _, sub := range at {
		c.Listeners = append(c.Listeners, c.readListener(sub))
	}
	checkDuplicates(c.Listeners, at)
}

// syntaxError is the library's error in our form. Some of its messages quote
// the value, so that one for a secret key is replaced. The line is counted from
// where the error starts: the library's own is one too far behind a line end
// that it did not expect.
func syntaxError(name, file string, err error) Error {
	pe, ok := errors.AsType[toml.ParseError](err)
	if !ok {
		return Error{File: name, Text: oneLine(err.Error())}
	}
	text := oneLine(strings.TrimSuffix(pe.Message, ".")) + syntaxAdvice(pe)
	if isSecretKey(pe.LastKey) && pe.Message != alreadyDefined(pe.LastKey) {
		text = fmt.Sprintf("the value of %s, or what follows it, is not TOML (the value is not shown; a string stands in quotes)", pe.LastKey)
	}
	line := 1 + strings.Count(file[:min(max(0, pe.Position.Start), len(file))], "\n")
	return Error{File: name, Line: line, Text: text}
}

// alreadyDefined is what the library says of a key that stands in a file twice.
func alreadyDefined(key string) string { return fmt.Sprintf("Key '%s' has already been defined.", key) }

// syntaxAdvice is what most likely mends a mistake of syntax, as the end of a
// message; empty where the message says it.
func syntaxAdvice(pe toml.ParseError) string {
	switch m := pe.Message; {
	case m == alreadyDefined("listen.component"), m == alreadyDefined("upstream"):
		return "; each one is written [[" + strings.Split(m, "'")[1] + "]]"
	case strings.HasPrefix(m, `expected value but found "T`), strings.HasPrefix(m, `expected value but found "F`):
		return "; a string stands in quotes, true and false are written small"
	case strings.HasPrefix(m, "expected value but found"), strings.HasPrefix(m, "Invalid "),
		strings.HasPrefix(m, "expected a top-level item to end"):
		return "; a string stands in quotes"
	case m == "strings cannot contain newlines":
		return ": its second quote is missing"
	case strings.HasPrefix(m, "expected '.' or '='"):
		return "; written key = value"
	}
	return ""
}

// isSecretKey goes by the name alone: a file that cannot be parsed has no
// sections yet.
func isSecretKey(key string) bool {
	last := key[strings.LastIndexByte(key, '.')+1:]
	switch strings.Trim(last, `"`) {
	case "password", "passwords", "secret", "token":
		return true
	}
	return false
}
