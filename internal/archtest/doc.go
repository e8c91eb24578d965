// SPDX-License-Identifier: Apache-2.0

// Package archtest holds the rules of the repository that a compiler does not check. It has tests only.
//
//	imports_test.go   who may import whom: one table for all packages, from the bottom up
//	words_test.go     what a package must not even mention
//	files_test.go     licence lines, doc.go, no path of somebody's machine
//	maps_test.go      a package's map, and every page, names the files there are
//	links_test.go     a page that is linked is there
//	module_test.go    how the tests find packages and files
//
// A failure names the file or the package and what to do. When a rule stands in the way of a good change, change the
// rule in the same commit and say why.
package archtest
