// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"weir/bench"
	"weir/bench/report"
)

// writeReport is the command that makes a page of results.
func writeReport(_ context.Context, args []string, stdout io.Writer, stderr *os.File) error {
	fs := newFlagSet("report", stderr)
	out := fs.String("o", "report.html", "`FILE` to write the page to")
	if err := fs.Parse(args); err != nil {
		return usageOf(err)
	}
	if fs.NArg() == 0 {
		return usagef("which results? weirload report RESULT.json…")
	}
	var inputs []report.Input
	for _, path := range fs.Args() {
		set, err := bench.Read(path)
		if err != nil {
			return err
		}
		inputs = append(inputs, report.Input{Name: path, Set: set})
	}
	f, err := os.Create(*out)
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
	_, err = fmt.Fprintf(stdout, "written: %s\n", *out)
	return err
}
