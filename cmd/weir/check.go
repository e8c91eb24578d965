// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"weir/internal/cli"
	"weir/internal/config"
)

// check is weir check: it prints what a configuration comes to, or every mistake
// in it. What is allowed but deserves a word goes to stderr.
func check(fs *flag.FlagSet) cli.Run {
	file := fs.String("config", "", "the configuration `FILE` to check")
	old := fs.String("diff", "", "say what a reload would change that takes -config in place of `OLDFILE`")
	return func(_ []string, stdout io.Writer, stderr *os.File) int {
		if *file == "" {
			fmt.Fprintln(stderr, "weir check needs -config FILE")
			return cli.Usage
		}
		return checkFile(*file, *old, stdout, stderr)
	}
}

func checkFile(file, old string, stdout, stderr io.Writer) int {
	c, errs := config.Load(file)
	var before *config.Config
	if old != "" {
		var oldErrs config.Errors
		before, oldErrs = config.Load(old)
		errs = append(oldErrs, errs...)
	}
	if len(errs) > 0 {
		fmt.Fprintln(stderr, errs)
		return cli.Failed
	}
	for _, n := range c.Notes {
		fmt.Fprintln(stderr, "note:", n)
	}
	for _, w := range c.Warnings(config.ThisMachine()) {
		fmt.Fprintln(stderr, "warning:", w)
	}
	if before == nil {
		fmt.Fprint(stdout, c.Effective())
		return cli.Good
	}
	printDiff(stdout, config.Diff(before, c))
	return cli.Good
}

func printDiff(w io.Writer, changes []string) {
	if len(changes) == 0 {
		fmt.Fprintln(w, "nothing would change")
	}
	for _, c := range changes {
		fmt.Fprintln(w, c)
	}
}
