// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

const hidden = "hunter2"

func TestSecretShowsNowhere(t *testing.T) {
	s := Secret(hidden)
	holder := struct {
		Password  Secret
		Passwords []Secret
	}{s, []Secret{s}}
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("m", "secret", s, "holder", holder, "pointer", &holder)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&out, verb+verb+verb, s, holder, &holder)
	}
	marshalled, err := json.Marshal(map[string]any{"a": holder})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(marshalled)
	if strings.Contains(out.String(), hidden) {
		t.Errorf("the secret shows:\n%s", &out)
	}
	if !strings.Contains(out.String(), redacted) {
		t.Errorf("nothing was printed:\n%s", &out)
	}
}

// A wrong value of a secret key is never repeated, whatever its type.
func TestErrorsHideSecrets(t *testing.T) {
	long := strings.Repeat(hidden, 100)
	write(t, filepath.Join(t.TempDir(), "x"), hidden)
	for _, text := range []string{
		"password = " + hidden,
		"password = '" + hidden + "' x",
		"password = '" + hidden,
		`password = "` + hidden + `\q"`,
		"password = '" + hidden + "'\npassword = '" + hidden + "'",
		"password = ['" + hidden + "']",
		"password = {a = '" + hidden + "'}",
		"passwords = '" + hidden + "'",
		"passwords = ['', '" + hidden + "', ['" + hidden + "']]",
		"pasword = '" + hidden + "'",
		"password = '" + hidden + "'\npassword_file = 'x'",
		"password = '" + long + "'\nstate_timeout = -1",
		"passwords = 0_" + hidden,
	} {
		got := strings.Join(wrong(t, "[[listen.component]]\nport = 1\n"+text+"\n", everything), "\n")
		if strings.Contains(got, hidden) {
			t.Errorf("%s\n shows in: %s", text, got)
		}
	}
	for _, key := range []string{"upstream.secret", "admin.token", "a.secret", "a.passwords"} {
		if !isSecretKey(key) {
			t.Errorf("%s is no secret key", key)
		}
	}
}

func TestPasswords(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "one"), "from file\r\n")
	write(t, filepath.Join(dir, "many"), "first\n\nsecond\r\nthird")
	write(t, filepath.Join(dir, "spaces"), " with blanks \n")
	write(t, filepath.Join(dir, "empty"), "\n")
	write(t, filepath.Join(dir, "long"), strings.Repeat("x", secretFileBytesMax+1))
	name := filepath.Join(dir, "weir.toml")
	for _, c := range []struct{ keys, want string }{
		{"password = 'a'", "a"},
		{"password = 'ä ☃'", "ä ☃"},
		{"passwords = ['a', 'b']", "a|b"},
		{"password = 'a'\npasswords = ['b', 'c']", "a|b|c"},
		{"password_file = 'one'", "from file"},
		{"password_file = 'spaces'", " with blanks "},
		{"passwords_file = 'many'", "first|second|third"},
		{"password_file = 'one'\npasswords = ['b']\npasswords_file = 'many'", "from file|b|first|second|third"},
	} {
		config, errs := parse(name, "[[listen.component]]\nport = 0\n"+c.keys, everything)
		if len(errs) > 0 {
			t.Errorf("%s: %v", c.keys, errs)
			continue
		}
		var got []string
		for _, p := range config.Listeners[0].Passwords {
			got = append(got, string(p))
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q", c.keys, got)
		}
	}
	for _, c := range []struct{ keys, want string }{
		{"passwords = []", `passwords: is an empty array, allowed: an array of strings that are not empty`},
		{"passwords = ['a', 1]", `passwords: holds an integer, allowed: strings that are not empty`},
		{"password_file = 7", `password_file: is 7, allowed: the name of a file`},
		{"password_file = 'empty'", `password_file: is "empty", which is ` + filepath.Join(dir, "empty") + `: the file is empty, needed: a secret`},
		{"password_file = 'long'", `password_file: is "long", which is ` + filepath.Join(dir, "long") + `: the file is too long, allowed: 64 KiB`},
		{"password_file = 'none'", `password_file: is "none", which is ` + filepath.Join(dir, "none") + `: no such file or directory`},
		{"password_file = '.'", `password_file: is ".", which is ` + dir + `: is a directory`},
		{"password_file = 'one'\npassword = 'a'", `password_file: stands beside password, allowed: one of the two`},
	} {
		_, errs := parse(name, "[[listen.component]]\nport = 0\n"+c.keys, everything)
		if want := name + ":3: listen.component." + c.want; errs.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", c.keys, errs, want)
		}
	}
}
