// SPDX-License-Identifier: Apache-2.0

package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// run returns what a command prints, which must not fail.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// debian makes the package as `make deb` does, into a folder of the test's.
func debian(t *testing.T) string {
	t.Helper()
	xmpptest.NeedProgram(t, "dpkg-deb", "Debian package dpkg")
	dist := t.TempDir()
	run(t, "make", "-C", "../..", "deb", "DIST="+dist, "VERSION=1.2.3")
	found, err := filepath.Glob(filepath.Join(dist, "weir_1.2.3-1_*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("packages: %q, %v", found, err)
	}
	return found[0]
}

// contents are what the package brings, with modes as ls has them.
var contents = []string{
	"-rwxr-xr-x /usr/bin/weir",
	"-rwxr-xr-x /usr/bin/weirload",
	"-rw-r--r-- /etc/weir/weir.toml",
	"-rw-r--r-- /usr/lib/systemd/system/weir.service",
	"-rw-r--r-- /usr/lib/sysusers.d/weir.conf",
	"-rw-r--r-- /usr/share/man/man1/weir.1.gz",
	"-rw-r--r-- /usr/share/man/man1/weirload.1.gz",
	"-rw-r--r-- /usr/share/man/man5/weir.toml.5.gz",
	"-rw-r--r-- /usr/share/bash-completion/completions/weir",
	"-rw-r--r-- /usr/share/bash-completion/completions/weirload",
	"-rw-r--r-- /usr/share/zsh/vendor-completions/_weir",
	"-rw-r--r-- /usr/share/fish/vendor_completions.d/weir.fish",
	"-rw-r--r-- /usr/share/doc/weir/copyright",
	"-rw-r--r-- /usr/share/doc/weir/changelog.gz",
	"-rw-r--r-- /usr/share/doc/weir/OPERATIONS.md",
	"-rw-r--r-- /usr/share/doc/weir/examples/weir.toml",
}

func TestDebianPackage(t *testing.T) {
	deb := debian(t)
	var got []string
	for line := range strings.Lines(run(t, "dpkg-deb", "--contents", deb)) {
		f := strings.Fields(line)
		if f[1] != "root/root" {
			t.Errorf("not root's: %s", line)
		}
		got = append(got, f[0]+" "+strings.TrimPrefix(f[5], "."))
	}
	for _, want := range contents {
		if !slices.Contains(got, want) {
			t.Errorf("not in the package: %s", want)
		}
	}
	if info := run(t, "dpkg-deb", "--field", deb); !strings.Contains(info, "Version: 1.2.3-1\n") || strings.Contains(info, "@") && !strings.Contains(info, "Maintainer: ") {
		t.Errorf("control:\n%s", info)
	}
	lint(t, deb)

	root := t.TempDir()
	run(t, "dpkg-deb", "--extract", deb, root)
	weir := filepath.Join(root, "usr/bin/weir")
	if version := run(t, weir, "version"); !strings.HasPrefix(version, "weir 1.2.3\n") {
		t.Errorf("the binary calls itself %s", version)
	}
	for page, want := range map[string]string{"man1/weir.1": "edge proxy", "man1/weirload.1": "XEP", "man5/weir.toml.5": `.SS "listen.component.password_file"`} {
		if text := run(t, "gzip", "-dc", filepath.Join(root, "usr/share/man", page+".gz")); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q", page, want)
		}
	}
	// The pages name the examples where the package has them.
	doc := filepath.Join(root, "usr/share/doc/weir")
	examples := example.FindAllStringSubmatch(read(t, filepath.Join(doc, "OPERATIONS.md")), -1)
	if len(examples) == 0 {
		t.Error("OPERATIONS.md names no example")
	}
	for _, m := range examples {
		if _, err := os.Stat(filepath.Join(doc, m[1])); err != nil {
			t.Errorf("OPERATIONS.md names %s: %v", m[1], err)
		}
	}
	t.Run("install", func(t *testing.T) { install(t, deb) })
}

// example is a link to one of configs/.
var example = regexp.MustCompile(`\]\(([^)#]*/[\w.-]+\.(?:toml|yml|lua|properties|json))\)`)

// known are what lintian may say: the package is of nobody's archive.
var known = regexp.MustCompile(`: (bogus-mail-host|bogus-mail-host-in-debian-changelog|initial-upload-closes-no-bugs)( |$)`)

func lint(t *testing.T, deb string) {
	t.Helper()
	lintian, err := exec.LookPath("lintian")
	if err != nil {
		t.Log("without lintian, which is not installed")
		return
	}
	out, _ := exec.Command(lintian, deb).Output()
	for line := range strings.Lines(string(out)) {
		if !known.MatchString(strings.TrimSpace(line)) {
			t.Errorf("lintian: %s", line)
		}
	}
}

// install goes through the life of the package on a machine of its own: a folder
// with a dpkg database. The maintainer scripts run outside of it, as dpkg offers
// for such roots, and are told of it.
func install(t *testing.T, deb string) {
	if os.Getuid() != 0 {
		t.Skip("needs to be root: dpkg gives files their owners")
	}
	root := t.TempDir()
	for _, dir := range []string{"var/lib/dpkg/updates", "var/lib/dpkg/info"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"var/lib/dpkg/status", "var/lib/dpkg/available"} {
		if err := os.WriteFile(filepath.Join(root, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dpkg := func(args ...string) {
		t.Helper()
		run(t, "dpkg", append([]string{"--root=" + root, "--force-script-chrootless", "--log=" + filepath.Join(root, "log")}, args...)...)
	}
	weir, config, secret := filepath.Join(root, "usr/bin/weir"), filepath.Join(root, "etc/weir/weir.toml"), filepath.Join(root, "etc/weir/component.secret")

	dpkg("--install", deb)
	if out := run(t, weir, "check", "-config", config); !strings.Contains(out, `socket = "/run/weir/admin.sock"`) {
		t.Errorf("the packaged configuration comes to:\n%s", out)
	}
	first := read(t, secret)
	if !regexp.MustCompile(`^[0-9a-f]{48}$`).MatchString(first) {
		t.Errorf("the secret is %q", first)
	}
	if _, err := exec.LookPath("systemd-sysusers"); err == nil {
		group := regexp.MustCompile(`(?m)^weir:[^:]*:(\d+):`).FindStringSubmatch(read(t, filepath.Join(root, "etc/group")))
		if group == nil {
			t.Fatal("there is no group weir")
		}
		for path, want := range map[string]string{secret: "640 0 " + group[1], filepath.Dir(secret): "750 0 " + group[1], config: "644 0 0"} {
			if got := strings.TrimSpace(run(t, "stat", "-c", "%a %u %g", path)); got != want {
				t.Errorf("%s is %s, want %s", path, got, want)
			}
		}
	}

	// What the operator has changed survives the next version, and so does the secret.
	changed := read(t, config) + "\n[general]\n  loglevel = \"warning\"\n"
	if err := os.WriteFile(config, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	dpkg("--install", deb)
	if read(t, secret) != first || read(t, config) != changed {
		t.Error("the second installation has changed the configuration")
	}
	dpkg("--remove", "weir")
	if _, err := os.Stat(weir); err == nil || read(t, config) != changed {
		t.Error("removed, the binary is there or the configuration is not")
	}
	dpkg("--purge", "weir")
	if left, _ := filepath.Glob(filepath.Join(root, "etc/weir*")); len(left) > 0 {
		t.Errorf("purged, but there is still %q", left)
	}
}
