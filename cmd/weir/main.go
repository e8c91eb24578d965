// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const (
	exitGood   = 0
	exitFailed = 1
	exitUsage  = 2
)

const usage = `usage: weir COMMAND [FLAGS]

  serve    run in the foreground            [-config FILE] [-log-format text|json]
  check    check a configuration, print it  -config FILE [-diff OLDFILE]
  version  print the version

and of a running weir, over its admin.socket (-socket PATH, or -config FILE
that names it, or $WEIR_SOCKET); -json prints what programs read:

  status             how it stands
  components         who is connected
  upstreams          the links to the servers behind it
  explain FROM TO    where a stanza would go, and which rule says so
  kick NAME          end a component's streams at once
  drain NAME         end them after what waits for them
  reload             take the configuration file anew
  log-level LEVEL    set the log's level until the next reload

Without -config, serve listens on 127.0.0.1:8888 with a random password, which
it prints. docs/CONFIG.md explains every key, configs/weir.toml shows them.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout io.Writer, stderr *os.File) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	switch command, rest := args[0], args[1:]; command {
	case "serve":
		return serve(rest, stdout, stderr)
	case "check":
		return check(rest, stdout, stderr)
	case "version", "-version", "--version":
		return printVersion(stdout)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return exitGood
	default:
		if c, ok := remoteCommands()[command]; ok {
			return c.run(command, rest, stdout, stderr)
		}
		fmt.Fprintf(stderr, "weir: there is no command %q\n%s", command, usage)
		return exitUsage
	}
}

// parseFlags reads a command's flags, which is all it takes. done says that
// the command has nothing left to do, with code as its exit code.
func parseFlags(fs *flag.FlagSet, args []string, stdout, stderr io.Writer) (code int, done bool) {
	fs.SetOutput(stderr)
	fs.Usage = func() {} // the package would print it before the error
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(stdout)
		fmt.Fprintf(stdout, "usage of weir %s:\n", fs.Name())
		fs.PrintDefaults()
		return exitGood, true
	case err != nil: // the package has told it
	case fs.NArg() > 0:
		fmt.Fprintf(stderr, "weir %s takes no argument, but was given %q\n", fs.Name(), fs.Arg(0))
	default:
		return exitGood, false
	}
	fmt.Fprintf(stderr, "usage of weir %s:\n", fs.Name())
	fs.PrintDefaults()
	return exitUsage, true
}
