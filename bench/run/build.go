// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// commitOf is the commit of the tree that is measured, with a mark if it differs
// from it. It does not rest on what go build notes: that can be switched off.
func commitOf(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty=+changes", "--exclude=*").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// build builds weir and weirload into a directory, and tells them their commit.
func build(ctx context.Context, dir, commit string) error {
	flags := "-X main.commit=" + commit + " -X weir/bench.commit=" + commit
	out, err := exec.CommandContext(ctx, "go", "build", "-ldflags", flags, "-o", dir+"/", "./cmd/weir", "./cmd/weirload").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	return nil
}
