// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("testreport", flag.ContinueOnError)
	flags.SetOutput(errOut)
	results := flags.String("results", "", "append skips and package lines to this `file` instead of printing them")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	r := newReport(out)
	if err := r.read(in); err != nil {
		fmt.Fprintln(errOut, "testreport:", err)
		return 1
	}
	if err := r.finish(*results, out); err != nil {
		fmt.Fprintln(errOut, "testreport:", err)
		return 1
	}
	if r.failed || len(r.packages) == 0 {
		return 1
	}
	return 0
}

// finish writes the end of the report to the end of the file, or to out when there is none.
func (r *report) finish(file string, out io.Writer) error {
	if file == "" {
		return r.write(out)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if err := r.write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
