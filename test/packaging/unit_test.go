// SPDX-License-Identifier: Apache-2.0

package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

const unitFile = "../../contrib/systemd/weir.service"

// exposureMax is what `systemd-analyze security` may say, from 0 to 100. What
// remains is what a proxy is for: sockets, and the host's network.
const exposureMax = 16

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// settings are the unit's, in order, by key.
func settings(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for line := range strings.Lines(read(t, unitFile)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			all[key] = append(all[key], value)
		}
	}
	return all
}

// What weir relies on, and what nobody may take away without being noticed.
func TestUnitAsksFor(t *testing.T) {
	got := settings(t)
	for key, want := range map[string][]string{
		"Type":                    {"notify", "notify-reload"}, // the second where systemd knows it
		"ExecStart":               {"/usr/bin/weir serve -config /etc/weir/weir.toml"},
		"User":                    {"weir"},
		"RuntimeDirectory":        {"weir"},
		"WatchdogSec":             {"30s"},
		"Restart":                 {"on-failure"},
		"LimitNOFILE":             {"524288"},
		"CapabilityBoundingSet":   {""},
		"NoNewPrivileges":         {"yes"},
		"ProtectSystem":           {"strict"},
		"ProtectHome":             {"yes"},
		"PrivateDevices":          {"yes"},
		"MemoryDenyWriteExecute":  {"yes"},
		"RestrictAddressFamilies": {"AF_INET AF_INET6 AF_UNIX"},
		"SystemCallFilter":        {"@system-service", "~@privileged @keyring"},
	} {
		if !slices.Equal(got[key], want) {
			t.Errorf("%s=%q, want %q", key, got[key], want)
		}
	}
	user := read(t, "../../contrib/systemd/weir.sysusers")
	if !strings.Contains(user, "\nu weir ") {
		t.Error("sysusers.d makes no user weir")
	}
}

func TestSystemdUnderstandsTheUnit(t *testing.T) {
	analyze := xmpptest.NeedProgram(t, "systemd-analyze", "Debian package systemd")
	program, err := os.Executable() // anything that can be started
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "weir.service")
	text := strings.Replace(read(t, unitFile), "/usr/bin/weir", program, 1)
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput()
	old := version(t, analyze) < 253
	for line := range strings.Lines(string(out)) {
		if old && strings.Contains(line, "Failed to parse service type, ignoring: notify-reload") {
			continue
		}
		if strings.Contains(line, "weir.service") { // other units may be broken here
			t.Error(line)
		}
	}
	out, err = exec.Command(analyze, "security", "--no-pager", "--offline=yes", "--threshold="+strconv.Itoa(exposureMax), unit).CombinedOutput()
	if err != nil {
		t.Errorf("the unit is exposed by more than %d: %v\n%s", exposureMax, err, out)
	}
}

func version(t *testing.T, analyze string) int {
	t.Helper()
	out, err := exec.Command(analyze, "--version").Output()
	found := regexp.MustCompile(`^systemd (\d+)`).FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("which systemd? %v: %s", err, out)
	}
	n, _ := strconv.Atoi(string(found[1]))
	if n < 250 {
		t.Skipf("systemd %d cannot analyze a unit without running it", n)
	}
	return n
}
