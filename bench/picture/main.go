// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"weir/bench"
	"weir/bench/report"
)

// patience bounds it all: a browser that starts for the first time takes seconds.
const patience = 2 * time.Minute

func main() {
	results := flag.String("results", "bench/results", "`DIR` with results, of which the latest benchmark is taken, or a FILE of it")
	out := flag.String("o", "docs/benchmark", "`PREFIX` of the pictures: PREFIX-light.png, PREFIX-dark.png")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := pictures(ctx, *results, *out); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func pictures(ctx context.Context, results, out string) error {
	path, err := latest(results)
	if err != nil {
		return err
	}
	set, err := bench.Read(path)
	if err != nil {
		return err
	}
	for _, theme := range []report.Theme{report.Light, report.Dark} {
		var page bytes.Buffer
		if err := report.Picture(&page, set, theme); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		shot, err := shoot(ctx, page.Bytes())
		if err != nil {
			return err
		}
		small, err := trim(shot)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s-%s.png", out, theme)
		if err := os.WriteFile(name, small, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d KiB, of %s\n", name, len(small)>>10, path)
	}
	return nil
}

// latest finds the newest results of the whole benchmark: their names begin with
// the date and end with the machine's cores.
func latest(results string) (string, error) {
	if info, err := os.Stat(results); err != nil || !info.IsDir() {
		return results, err
	}
	found, err := filepath.Glob(filepath.Join(results, "*cores.json"))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%s has no results; make bench writes some: %w", results, os.ErrNotExist)
	}
	return found[len(found)-1], nil // Glob sorts
}
