// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"weir/internal/cli"
	"weir/internal/proxy"
)

// Set by a release build: -ldflags "-X main.version=1.2.3 -X main.commit=abc".
var version, commit string

// build is what is known about this binary.
type build struct{ version, commit string }

// thisBuild prefers what the linker was told to what Go recorded.
func thisBuild() build {
	b := build{version: version, commit: commit}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b.named()
	}
	if b.version == "" {
		b.version = info.Main.Version
	}
	if b.commit == "" {
		b.commit = recorded(info.Settings)
	}
	return b.named()
}

func (b build) named() build {
	if b.version == "" {
		b.version = "(devel)"
	}
	if b.commit == "" {
		b.commit = "unknown"
	}
	return b
}

// recorded is the commit that go build noted, with a mark if the tree differed.
func recorded(settings []debug.BuildSetting) string {
	revision, modified := "", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+modified"
		}
	}
	if revision == "" {
		return ""
	}
	return revision + modified
}

// printVersion is weir version.
func printVersion(*flag.FlagSet) cli.Run {
	return func(_ []string, stdout io.Writer, _ *os.File) int {
		b := thisBuild()
		fmt.Fprintf(stdout, "weir %s\ncommit %s\n%s %s/%s\ndrivers %s\n",
			b.version, b.commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, strings.Join(proxy.Drivers(), " "))
		return cli.Good
	}
}
