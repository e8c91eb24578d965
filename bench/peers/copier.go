// SPDX-License-Identifier: Apache-2.0

package peers

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

//go:embed copier/copier.c
var copierSource []byte

var copier = Kind{
	Name: "copier", What: "the floor: copies bytes between two connections and checks nothing; C, one thread",
	Package: "gcc", program: "cc",
	launch: launchCopier, version: func() string { return "of this tree" },
}

// buildCopier compiles the copier with the machine's C compiler.
func buildCopier(ctx context.Context, dir string) (string, error) {
	source, program := filepath.Join(dir, "copier.c"), filepath.Join(dir, "copier")
	if err := os.WriteFile(source, copierSource, 0o600); err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "cc", "-O2", "-o", program, source).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc: %w: %s", err, out)
	}
	return program, nil
}

func launchCopier(ctx context.Context, s *Server, site Site, port int) error {
	program, err := buildCopier(ctx, site.Dir)
	if err != nil {
		return err
	}
	return s.start(ctx, site.Dir, process{name: "copier", port: port, args: []string{program, strconv.Itoa(port)}})
}
