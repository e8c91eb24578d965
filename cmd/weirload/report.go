// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"weir/bench"
	"weir/bench/report"
)

// writeReport is the command that makes a page of results.
func writeReport(fs *flag.FlagSet) measure {
	out := fs.String("o", "report.html", "`FILE` to write the page to")
	return func(_ context.Context, paths []string, stdout io.Writer, _ *os.File) error {
		return reportOf(paths, *out, stdout)
	}
}

// reportOf writes the page of some results.
func reportOf(paths []string, out string, stdout io.Writer) error {
	var inputs []report.Input
	for _, path := range paths {
		set, err := bench.Read(path)
		if err != nil {
			return err
		}
		inputs = append(inputs, report.Input{Name: path, Set: set})
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := report.Write(f, inputs); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "written: %s\n", out)
	return err
}
