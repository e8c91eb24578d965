// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// Machine is where a result was found. It has no host name: results are shown
// to others.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory_bytes"`
	Kernel string `json:"kernel"`
	System string `json:"system"`
	TCP    string `json:"tcp"`  // its congestion control
	Load   string `json:"load"` // averages over 1, 5 and 15 minutes when the run began
	Go     string `json:"go"`
	Tool   string `json:"tool"` // version of this tool
}

// Provenance is what a dated file says of itself first: where its figures were found, of
// which commit, by which command, and how long that took.
func (m *Machine) Provenance(commit string, command []string, seconds float64) string {
	return fmt.Sprintf("%s, %d cores, %.0f GiB; Linux %s, TCP %s; %s; %s; commit %s. Load averages before: %s. Command: `%s`. It took %s.",
		m.CPU, m.Cores, float64(m.Memory)/(1<<30), m.Kernel, m.TCP, m.System, m.Go, commit, m.Load,
		strings.Join(command, " "), time.Duration(seconds*float64(time.Second)).Round(time.Second))
}

// TreeCommit is that of the tree in which the program runs.
func TreeCommit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// ThisMachine describes the machine that this process runs on.
func ThisMachine() Machine {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Tool: Version()}
	m.CPU = fileValue("/proc/cpuinfo", "model name")
	m.System = strings.Trim(fileValue("/etc/os-release", "PRETTY_NAME"), `"`)
	m.TCP = firstWords("/proc/sys/net/ipv4/tcp_congestion_control", 1)
	m.Load = firstWords("/proc/loadavg", 3)
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	var s unix.Sysinfo_t
	if unix.Sysinfo(&s) == nil {
		m.Memory = int64(s.Totalram) * int64(s.Unit)
	}
	return m
}

// fileValue gives the value of the first line that begins with key and has a
// colon or an equals sign behind it.
func fileValue(path, key string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		rest, found := strings.CutPrefix(line, key)
		if at := strings.IndexAny(rest, ":="); found && at >= 0 {
			return strings.TrimSpace(rest[at+1:])
		}
	}
	return ""
}

// firstWords gives the first words of a file.
func firstWords(path string, n int) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	words := strings.Fields(string(b))
	return strings.Join(words[:min(n, len(words))], " ")
}

// commit is set where the build does not know it: -ldflags "-X weir/bench.commit=abc".
var commit string

// Version is the version of this build: that of the module, or its commit.
func Version() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version, changed := info.Main.Version, ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && (version == "" || version == "(devel)"):
			version = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	if strings.HasSuffix(version, "+dirty") {
		changed = ""
	}
	return version + changed
}

// Slug names the machine in a file name: letters, digits and dashes.
func (m Machine) Slug() string {
	cpu := strings.NewReplacer("(R)", "", "(TM)", "", "CPU", "").Replace(m.CPU)
	text := fmt.Sprintf("%s-%dcores", cpu, m.Cores)
	var b strings.Builder
	dash := true
	for _, c := range strings.ToLower(text) {
		switch {
		case c < utf8.RuneSelf && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9'):
			b.WriteRune(c)
			dash = false
		case !dash:
			b.WriteByte('-')
			dash = true
		}
	}
	return strings.Trim(b.String(), "-")
}
