// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"weir/internal/config"
)

// The page has an entry for each key, and no program that shows it complains.
func TestPageOfTheConfiguration(t *testing.T) {
	f, err := os.Open("../../docs/CONFIG.md")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var page bytes.Buffer
	if err := convert(f, &page); err != nil {
		t.Fatal(err)
	}
	for _, key := range config.Keys() {
		if !strings.Contains(page.String(), "\n.SS \""+key+"\"\n") {
			t.Errorf("no entry for %s", key)
		}
	}
	for _, line := range []string{"groff -man -Tutf8 -ww", "mandoc -T lint -W warning"} {
		words := strings.Fields(line)
		if _, err := exec.LookPath(words[0]); err != nil {
			t.Logf("without %s, which is not installed", words[0])
			continue
		}
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Stdin = bytes.NewReader(page.Bytes())
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, _ := cmd.Output()
		if words[0] == "mandoc" {
			complaints.Write(out)
		}
		for l := range strings.Lines(complaints.String()) {
			if !strings.Contains(l, "missing date") {
				t.Errorf("%s: %s", words[0], l)
			}
		}
	}
}
