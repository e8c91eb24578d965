// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// rendered is a page as a reader sees it, and what groff has to complain of.
func rendered(t *testing.T, roff string) string {
	t.Helper()
	cmd := exec.Command(xmpptest.NeedProgram(t, "groff", "Debian package groff-base"), "-man", "-Tascii", "-ww", "-P-c", "-P-b", "-P-u", "-rLL=100n")
	cmd.Stdin = strings.NewReader(roff)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Errorf("groff: %v\n%s", err, complaints.String())
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

func TestPageReadsAsMeant(t *testing.T) {
	roff, _, _ := ask(t, "man")
	text := rendered(t, roff)
	for _, want := range []string{
		"NAME gate - a gate [with: traps] that isn't one SYNOPSIS",
		`.a paragraph that begins like a macro, and has a back\slash`,
		"gate serve [FLAGS] Run it. -config FILE the configuration FILE -for LONG how LONG -format text|json how to log -n MANY how MANY (default 3)",
		"gate kick [FLAGS] NAME WHY End it's stream.",
		"gate level [FLAGS] LEVEL Set it. The flags are those of gate kick.",
		"FILES /etc/gate It's there. SEE ALSO gate.toml(5)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
}

func TestPageIsSoundForMandoc(t *testing.T) {
	roff, _, _ := ask(t, "man")
	cmd := exec.Command(xmpptest.NeedProgram(t, "mandoc", "Debian package mandoc"), "-T", "lint", "-W", "warning")
	cmd.Stdin = strings.NewReader(roff)
	out, _ := cmd.Output()
	for l := range strings.Lines(string(out)) {
		if !strings.Contains(l, "missing date") {
			t.Error(l)
		}
	}
}
