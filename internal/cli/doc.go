// SPDX-License-Identifier: Apache-2.0

// Package cli runs a program's commands, and tells about them: as help on a
// terminal, as a manual page, as completion for shells. All are made of one
// list of commands and of the flags that these define, so that none can be
// behind.
//
//	program.go     what a program and its commands are; which one is run
//	mistake.go     what is said of a command line that is wrong
//	flags.go       what a command's flags are
//	help.go        the help of a program and of a command
//	page.go        the manual page of a program
//	roff.go        the language of manual pages
//	markdown.go    a page of docs/ as a manual page
//	completion.go  the commands man and completion, which every program has
//	bash.go zsh.go fish.go  the scripts
//
// A Program is immutable; nothing here is safe for concurrent use beyond that.
//
// It knows no command of weir's, and decides nothing but which one is meant.
package cli
