// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"

	"weir/internal/config"
)

// check prints what a configuration comes to, or every mistake in it. What is
// allowed but deserves a word goes to stderr.
func check(args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	file := fs.String("config", "", "the configuration `FILE` to check")
	old := fs.String("diff", "", "say what a reload would change that takes -config in place of `OLDFILE`")
	if code, done := parseFlags(fs, args, stdout, stderr); done {
		return code
	}
	if *file == "" {
		fmt.Fprintln(stderr, "weir check needs -config FILE")
		return exitUsage
	}
	c, errs := config.Load(*file)
	var before *config.Config
	if *old != "" {
		var oldErrs config.Errors
		before, oldErrs = config.Load(*old)
		errs = append(oldErrs, errs...)
	}
	if len(errs) > 0 {
		fmt.Fprintln(stderr, errs)
		return exitFailed
	}
	for _, n := range c.Notes {
		fmt.Fprintln(stderr, "note:", n)
	}
	for _, w := range c.Warnings(config.ThisMachine()) {
		fmt.Fprintln(stderr, "warning:", w)
	}
	if before == nil {
		fmt.Fprint(stdout, c.Effective())
		return exitGood
	}
	printDiff(stdout, config.Diff(before, c))
	return exitGood
}

func printDiff(w io.Writer, changes []string) {
	if len(changes) == 0 {
		fmt.Fprintln(w, "nothing would change")
	}
	for _, c := range changes {
		fmt.Fprintln(w, c)
	}
}
