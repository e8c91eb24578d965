// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// foreign are words that have no business in a folder (tests and comments included): where one turns up, code has
// come to the wrong place.
var foreign = []struct {
	folder, what string
	words        *regexp.Regexp
}{
	{"engine", "moves bytes and knows nothing of what they mean", regexp.MustCompile(`(?i)xmpp`)},
	{"xmlscan", "knows nothing of where a stanza goes", regexp.MustCompile(`(?i)rout(e|ing)`)},
	{"table", "does no I/O", regexp.MustCompile(`(?i)socket|"(net|syscall|golang\.org/x/sys)["/]`)},
}

func TestPackagesDoNotSayForeignWords(t *testing.T) {
	for _, rule := range foreign {
		seen := 0
		for _, name := range files(t) {
			if !strings.HasPrefix(name, rule.folder+"/") || !sourceFile(name) && path.Ext(name) != ".md" {
				continue
			}
			seen++
			for i, line := range strings.Split(read(t, name), "\n") {
				if word := rule.words.FindString(line); word != "" {
					t.Errorf("%s:%d says %q, but %s %s", name, i+1, word, rule.folder, rule.what)
				}
			}
		}
		if seen == 0 {
			t.Errorf("no files in %s: has it moved?", rule.folder)
		}
	}
}

func TestForeignWords(t *testing.T) {
	for line, folder := range map[string]string{
		"// as XMPP has it": "engine", `"weir/internal/xmpptest"`: "engine",
		"the Router": "xmlscan", "routed": "xmlscan", "routing": "xmlscan",
		"a Socket": "table", `import "net"`: "table", `"net/netip"`: "table", `unix "golang.org/x/sys/unix"`: "table",
		"on any goroutine": "", "a subroutine": "", `"internet"`: "", "a network": "",
	} {
		for _, rule := range foreign {
			if got, want := rule.words.MatchString(line), rule.folder == folder; got != want {
				t.Errorf("%s: %s: %v", rule.folder, line, got)
			}
		}
	}
}
