// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"regexp"
	"testing"
)

// legal is what a key of the key-value store may be made of.
var legal = regexp.MustCompile(`^[-/_=.a-zA-Z0-9]+$`)

var hostile = []string{
	"bot.example", "BOT.example", "", ".", "..", "a..b", "a.", ".a", "*", ">", "a.*", "a.>", "$SYS", "$KV.x.y", "=xx", "=", "a=b",
	"[::1]", "blank name", "chat_service.example", "bücher.example", "\x00", "\xff\xfe", "example.bot", "a\tb", "c.n.x",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
}

func TestKeysOfHostileNames(t *testing.T) {
	seen := map[string]string{}
	for _, name := range hostile {
		key := Key(name)
		if other, twice := seen[key]; twice {
			t.Errorf("%q and %q share the key %s", name, other, key)
		}
		seen[key] = name
		checkKey(t, name)
	}
	for name, want := range map[string]string{
		"chat.example.org": "c.org.example.chat", "localhost": "c.localhost", "a..b": "c.=c4n2sog", "": "c.=",
	} {
		if got := Key(name); got != want {
			t.Errorf("Key(%q) = %s, want %s", name, got, want)
		}
	}
}

func checkKey(t *testing.T, name string) {
	t.Helper()
	key := Key(name)
	if name != "" && (!legal.MatchString(key) || key[len(key)-1] == '.') {
		t.Errorf("the key of %q is not legal: %q", name, key)
	}
	if back, ok := NameOf(key); !ok || back != name {
		t.Errorf("%q became %q, %v by way of %s", name, back, ok, key)
	}
}

// FuzzKey: no two names share a key, since each key leads back to its name; and no
// name leaves the letters that a key may have.
func FuzzKey(f *testing.F) {
	for _, name := range hostile {
		f.Add(name, name+".x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 1023 || len(b) > 1023 {
			t.Skip()
		}
		checkKey(t, a)
		if a != b && Key(a) == Key(b) {
			t.Errorf("%q and %q share a key", a, b)
		}
		if name, ok := NameOf(a); ok && Key(name) != a {
			t.Errorf("%q is read as the key of %q, whose key is another", a, name)
		}
	})
}
