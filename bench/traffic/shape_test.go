// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMessagesHaveTheSizeAskedFor(t *testing.T) {
	const from, to = "s@c100.example/w", "r@c101.example/w"
	for _, size := range []int{150, 180, 600, 100000} {
		shape, err := Messages(size, from, to)
		if err != nil {
			t.Fatal(err)
		}
		script, err := NewScript([]Shape{shape}, 1)
		if err != nil {
			t.Fatal(err)
		}
		f := script.NewFlow(Flow{From: from, To: to})
		for range 3 {
			if raw := f.Append(nil); len(raw) != size {
				t.Errorf("%d bytes, want %d: %s", len(raw), size, raw)
			}
		}
	}
	_, err := Messages(50, from, to)
	if err == nil || !strings.Contains(err.Error(), "allowed with these names are 128 to") {
		t.Errorf("size 50: %v", err)
	}
}

func TestBuiltinMix(t *testing.T) {
	shapes, err := BuiltinMix()
	if err != nil {
		t.Fatal(err)
	}
	script, err := NewScript(shapes, 1)
	if err != nil {
		t.Fatal(err)
	}
	if mean := script.MeanSize("s@c0.example/w", "r@c1.example/w"); mean < 320 || mean > 400 {
		t.Errorf("mean size %.0f bytes; the file says about 360", mean)
	}
	seen := make([]int, len(shapes))
	for n := range uint64(orderLen) {
		seen[script.shapeOf(n)]++
	}
	for i, s := range shapes {
		want := s.Weight * orderLen / 1000
		if seen[i] < max(1, want-1) || seen[i] > want+orderLen/50 {
			t.Errorf("%s: %d of %d, weight %d per mille", s.Name, seen[i], orderLen, s.Weight)
		}
	}
}

func TestMixErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no shape", "", "there is no [[shape]] in it"},
		{"unknown key", "[[shape]]\nname='x'\nwieght=1\n", "unknown key shape.wieght"},
		{"no weight", "[[shape]]\nstanza=\"<iq from='{from}' to='{to}' id='{id}'/>\"", "weight is 0"},
		{"no number", shapeText("<iq from='{from}' to='{to}'/>"), "cannot be numbered"},
		{"no address", shapeText("<iq from='{from}' id='{id}'/>"), "{from} and {to}"},
		{"unknown place", shapeText("<iq from='{from}' to='{to}' id='{nr}'/>"), "{nr} is not a place"},
		{"not closed", shapeText("<iq from='{from}' to='{to}' id='{id}'>"), "not well-formed"},
		{"two elements", shapeText("<iq from='{from}' to='{to}' id='{id}'/><iq/>"), "not one element"},
		{"another element", shapeText("<x from='{from}' to='{to}' id='{id}'/>"), "the element is <x>"},
		{"an error", shapeText("<iq from='{from}' to='{to}' id='{id}' type='error'/>"), "cannot be sent"},
		{"text too short", shapeText("<message from='{from}' to='{to}'><body>{text:3}</body></message>"), "N must be from 16"},
		{"not TOML", "shape", "mix.toml"},
	} {
		path := filepath.Join(t.TempDir(), "mix.toml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		shapes, err := LoadMix(path)
		if err == nil {
			_, err = NewScript(shapes, 1)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func shapeText(stanza string) string { return "[[shape]]\nweight=1\nstanza=\"" + stanza + "\"\n" }

// Nobody may be told that the result of an iq could not be delivered.
func TestAnswerable(t *testing.T) {
	for text, want := range map[string]bool{
		"<message from='{from}' to='{to}' id='{id}'/>":                                 true,
		"<iq from='{from}' to='{to}' id='{id}' type='get'><a type='result'/></iq>":     true,
		"<iq type = \"result\" from='{from}' to='{to}' id='{id}'><b type='set'/></iq>": false,
	} {
		if got := (Shape{Text: text}).Answerable(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
