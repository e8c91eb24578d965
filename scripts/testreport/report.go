// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is a line of `go test -json`; the fields are described in `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64 // seconds
}

// report is what the events came to.
type report struct {
	live     io.Writer           // where failures and progress go at once
	outputs  map[string][]string // what a test has written, by package and test, until it ends
	skips    []string            // "package.Test: reason"
	packages []string            // the result lines that go test printed
	failed   bool
}

func newReport(live io.Writer) *report {
	return &report{live: live, outputs: make(map[string][]string)}
}

// read takes all events of one `go test -json`. A line that is no event (a build error of an older Go, say) is shown as it is.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(r.live, line)
			} else {
				r.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	key := e.Package + "." + e.Test
	switch e.Action {
	case "output":
		r.output(e, key)
	case "build-output":
		fmt.Fprint(r.live, e.Output)
	case "build-fail":
		r.failed = true
	case "fail":
		r.failed = true
		r.show(e, key)
	case "skip":
		if e.Test != "" && !isFuzzInput(e.Test) {
			r.skips = append(r.skips, key+": "+reason(r.outputs[key]))
		}
		delete(r.outputs, key)
	case "pass":
		if e.Test == "" {
			fmt.Fprintf(r.live, "  passed %s (%.1fs)\n", e.Package, e.Elapsed)
		}
		delete(r.outputs, key)
	}
}

func (r *report) output(e event, key string) {
	if e.Test == "" && isResult(e.Output) {
		r.packages = append(r.packages, strings.TrimRight(e.Output, "\n"))
		return
	}
	r.outputs[key] = append(r.outputs[key], e.Output)
}

// isResult tells the line with which go test ends a package: ok, FAIL or no test files, with tabs.
func isResult(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "?   \t")
}

// isFuzzInput tells an input of a fuzz target, which may refuse inputs that say nothing, from a test.
func isFuzzInput(test string) bool {
	return strings.HasPrefix(test, "Fuzz") && strings.Contains(test, "/")
}

// show prints what a failed test, or a failed package outside its tests, has written.
func (r *report) show(e event, key string) {
	for _, line := range r.outputs[key] {
		fmt.Fprint(r.live, line)
	}
	delete(r.outputs, key)
	if e.Test == "" {
		fmt.Fprintf(r.live, "  FAILED %s (%.1fs)\n", e.Package, e.Elapsed)
	}
}

// reason is what a test has said before it was skipped, in one line.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		said = append(said, line)
	}
	if said == nil {
		return "it gives no reason"
	}
	return strings.Join(said, " ")
}

// write shows the end of the report: skipped tests first, then the package lines.
func (r *report) write(out io.Writer) error {
	var text strings.Builder
	for _, s := range r.skips {
		fmt.Fprintf(&text, "SKIPPED %s\n", s)
	}
	for _, p := range r.packages {
		fmt.Fprintln(&text, p)
	}
	_, err := io.WriteString(out, text.String())
	return err
}
