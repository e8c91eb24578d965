// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse: no text makes reading panic; every mistake has a line of the file
// and stands on one line of output; what is right is right again when printed.
func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add("acl.a = [{}]\naccess.b = [{acl = 'a', value = 1}]\n[[listen.component]]\nport = 0\npasswords = ['a']\naccess = 'b'\n")
	f.Add("general = 1\nengine = []\n[listen]\ncomponent = [1, {tls = 1}]\n[modules]\nmod_disco = 1\n[shaper]\nx = 1\n")
	examples, err := filepath.Glob(filepath.Join(configsDir, "*.toml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range examples {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "/") {
			t.Skip("might name any file of this machine")
		}
		c, errs := parse("weir.toml", text, everything)
		for _, e := range errs {
			if lines := strings.Count(text, "\n") + 1; e.Line < 1 || e.Line > lines {
				t.Errorf("%v: the file has %d lines", e, lines)
			}
			if e.Text == "" || strings.ContainsAny(e.Error(), "\n\r") {
				t.Errorf("%q", e.Error())
			}
		}
		if (c == nil) != (len(errs) > 0) {
			t.Fatalf("%v and %v", c, errs)
		}
		if c != nil {
			printed := c.Effective()
			if again, errs := parse("weir.toml", printed, everything); len(errs) > 0 || again.Effective() != printed {
				t.Fatalf("printed, it is not the same: %v\n%s", errs, printed)
			}
		}
	})
}
