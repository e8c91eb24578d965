// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the machines do into testdata/*.txt, to be read in the diff")

func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if *rewrite {
				text = rewritten(t, string(text))
				if err := os.WriteFile(file, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			talk(t, string(text))
		})
	}
}

// rewritten plays the dialogue whole and puts down what happened.
func rewritten(t *testing.T, text string) []byte {
	d := parseDialogue(t, text)
	got := newPlayer(t, d).play(func(int) bool { return false })
	var b strings.Builder
	for i, s := range d.steps {
		for _, lines := range [][]string{s.lead, s.input, got[i]} {
			for _, line := range lines {
				b.WriteString(line + "\n")
			}
		}
	}
	return []byte(b.String())
}
