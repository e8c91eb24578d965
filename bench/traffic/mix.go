// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	_ "embed"
	"fmt"
	"os"

	"github.com/BurntSushi/toml"
)

//go:embed mix.toml
var builtinMix string

// BuiltinMix gives the shapes used when no other are asked for: what components
// of a busy server exchange, from read receipts to a photo.
func BuiltinMix() ([]Shape, error) { return parseMix("built-in mix", builtinMix) }

// LoadMix reads shapes from a TOML file of [[shape]] tables with the keys of
// Shape. Unknown keys are errors.
func LoadMix(path string) ([]Shape, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseMix(path, string(text))
}

func parseMix(name, text string) ([]Shape, error) {
	var file struct {
		Shape []Shape `toml:"shape"`
	}
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if more := meta.Undecoded(); len(more) > 0 {
		return nil, fmt.Errorf("%s: unknown key %s; a [[shape]] has name, weight, stanza", name, more[0])
	}
	if len(file.Shape) == 0 {
		return nil, fmt.Errorf("%s: there is no [[shape]] in it", name)
	}
	for i, s := range file.Shape {
		if err := s.Check(); err != nil {
			return nil, fmt.Errorf("%s: shape %d %q: %w", name, i+1, s.Name, err)
		}
	}
	return file.Shape, nil
}
