// SPDX-License-Identifier: Apache-2.0

package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const containerfile = "../../contrib/container/Containerfile"

// instructions are the image's file, of its last stage.
func instructions(t *testing.T) (stage []string) {
	t.Helper()
	for line := range strings.Lines(read(t, containerfile)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "FROM ") {
			stage = nil
		}
		if line != "" && !strings.HasPrefix(line, "#") {
			stage = append(stage, line)
		}
	}
	return stage
}

func TestImageIsOneBinaryForNobody(t *testing.T) {
	text := strings.Join(instructions(t), "\n")
	for _, want := range []string{
		`^FROM scratch\n`, `\nCOPY --from=build /src/bin/weir /weir\n`, `\nUSER [1-9]\d*:[1-9]\d*\n`,
		`\nENTRYPOINT \["/weir"\]\nCMD \["serve", "-config", "/etc/weir/weir.toml"\]$`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("the image's last stage does not match %s:\n%s", want, text)
		}
	}
	build, goMod := read(t, containerfile), read(t, "../../go.mod")
	release := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(goMod)[1]
	if !strings.Contains(build, "FROM golang:"+release+" AS build") {
		t.Errorf("the image is not built with Go %s", release)
	}
}

// What the image holds is enough: the binary alone in a root of its own, with
// the user of the image, no shell, no library, no /proc and no /etc/passwd.
func TestBinaryServesInAnEmptyRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs to be root, for chroot")
	}
	root := t.TempDir()
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(root, "weir"), "weir/cmd/weir")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	config := "[[listen.component]]\n  ip_address = \"127.0.0.1\"\n  port = 0\n  password = \"secret\"\n"
	if err := os.MkdirAll(filepath.Join(root, "etc/weir"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc/weir/weir.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command("/weir", "serve", "-config", "/etc/weir/weir.toml")
	cmd.Dir, cmd.Env, cmd.Stderr = "/", []string{}, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(read(t, log.Name()), `"msg":"listening"`); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) || len(exited) > 0 {
			t.Fatalf("it does not listen:\n%s", read(t, log.Name()))
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-exited:
		if err != nil {
			t.Errorf("it ended with %v:\n%s", err, read(t, log.Name()))
		}
	case <-time.After(30 * time.Second):
		t.Errorf("it does not end:\n%s", read(t, log.Name()))
	}
}
