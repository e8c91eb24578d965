// SPDX-License-Identifier: Apache-2.0

// Command testreport reads the output of `go test -json` on standard input and shows what a person needs: failures at once and in
// full, a line per package, and at the end every skipped test with its reason. `go test` without -v hides skips, so a test
// that tests nothing would go unnoticed. The last lines are those that go test itself prints for each package.
//
//	go test -json ./... | testreport [-results FILE]
//
// With -results the skips and the package lines go to the end of FILE instead, so that several runs can be shown together.
// Exit status 1 says that a test or a build failed, or that the input held no finished package.
//
// What each file owns: main.go the command, report.go the reading and the showing.
package main
