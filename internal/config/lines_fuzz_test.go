// SPDX-License-Identifier: Apache-2.0

package config

import (
	"testing"

	"github.com/BurntSushi/toml"
)

// FuzzLines: for whatever text the library accepts, the walk sees exactly the
// keys that the library sees, each in a line of the text, and for no text does
// it panic or hang.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		"[[a.b]]\n'c' = \"\"\"x\\\"\"\"\" \nd.e = [{f = 1979-05-27 07:32:00}, [[]]]\n[a.g]\n",
		"a = {b.c = 1, 'd' = '''\n'''}\n[e]\n\"f\\u0041\" = 0x1F # ]\n",
		"\xef\xbb\xbfa=[\n#]\n1,\n]\r\n", "[[x]]\n[x.y]\n[[x]]\n[x.y]\n", "[a", "a = '", "\"\\", "a.", "[[", "= = =",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		indexLines(text)
		var doc map[string]any
		if _, err := toml.Decode(text, &doc); err == nil {
			check(t, text)
		}
	})
}
