// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	old := good(t, full)
	for _, c := range []struct {
		name, from, to string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"a level", `"notice"`, `"debug"`, []string{`[general]: loglevel: "debug", was "notice"`}},
		{"loops", "loops = 3", "loops = 4", []string{`[engine]: loops: 4, was 3 (needs a restart)`}},
		{"a secret", `"seven"`, `"eight"`, []string{`[admin]: token: changed`}},
		{"one secret of two, same count", `"four"]`, `"for"]`, []string{`[[listen.component]] [::]:5275: passwords: changed`}},
		{"a secret less", `, "four"]`, `]`, []string{`[[listen.component]] [::]:5275: passwords: ["***"], was ["***", "***"]`}},
		{"a secret gone", "token = \"seven\"\n", "", []string{`[admin]: token: not set, was "***"`}},
		{"a listener's port", "port = 5276", "port = 5277", []string{
			`[[listen.component]] 127.0.0.1:5276: removed`, `[[listen.component]] 127.0.0.1:5277: added`}},
		{"a shaper", "[shaper.\"two words\"]", "[shaper.other]\nmax_rate = 1\n[shaper.\"two words\"]", []string{`[shaper.other]: added`}},
		{"a shaper's rate", "max_rate = 7", "max_rate = 8", []string{`[shaper."two words"]: max_rate: 8, was 7`}},
		{"an acl", "nobody = []\n", "", []string{`[acl]: nobody: removed, was []`}},
		{"an access rule", `others = [{acl = "all", value = 10}]`, `othrs = [{acl = "all", value = 10}]`, []string{
			`[access]: othrs: [{acl = "all", value = 10}], was not set`, `[access]: others: removed, was [{acl = "all", value = 10}]`}},
		{"an upstream", `name = "prosody"`, `name = "p"`, []string{
			`[[upstream]] prosody: removed`, `[upstream.tls] prosody: removed`, `[[upstream]] p: added`, `[upstream.tls] p: added`}},
		{"an upstream's time", `linger = "20s"`, `linger = "10s"`, []string{`[[upstream]] prosody: linger: "10s", was "20s"`}},
		{"an upstream's secret", `"six"`, `"six and a half"`, []string{`[[upstream]] prosody: secret: changed`}},
		{"an upstream's TLS", full[strings.Index(full, "[upstream.tls]"):strings.Index(full, "[admin]")], "", []string{`[upstream.tls] prosody: removed`}},
		{"whom an upstream's certificate is for", `"s.example"`, `"t.example"`, []string{`[upstream.tls] prosody: server_name: "t.example", was "s.example"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(full, c.from, c.to, 1)
			if c.from != c.to && text == full {
				t.Fatal("nothing replaced")
			}
			if d := cmp.Diff(c.want, Diff(old, good(t, text))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestKeepForRestart: what needs a restart is told at each reload until there was one, and no key that does is forgotten.
func TestKeepForRestart(t *testing.T) {
	running := good(t, full)
	next := Default()
	next.General.LogLevel = running.General.LogLevel + 4
	if d := strings.Join(Diff(running, next), "\n"); strings.Count(d, "(needs a restart)") < 5 {
		t.Fatalf("too little is changed: %s", d)
	}
	next.KeepForRestart(running)
	d := strings.Join(Diff(running, next), "\n")
	if strings.Contains(d, "(needs a restart)") || !strings.Contains(d, "[general]: loglevel") {
		t.Error(d)
	}
}
