// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"weir/internal/cli"
)

// upgradeTimeout is longer than what an upgrade may take.
const upgradeTimeout = 2 * time.Minute

func upgradeCommand() cli.Command {
	return cli.Command{
		Name: "upgrade", Does: "have a new weir take its place, without ending streams",
		About: []string{"The program is started anew, with the arguments of the running one, and takes over listening sockets and " +
			"streams. Components on TLS are told system-shutdown afterwards, spread over engine.drain_window. " +
			"If the new one cannot take over, for a mistake in the configuration too, the old one goes on, and the exit code is 1."},
		Setup: askForUpgrade,
	}
}

func askForUpgrade(fs *flag.FlagSet) cli.Run {
	binary := fs.String("binary", "", "the `PATH` of the new program (default: that of the running one)")
	r := remote{method: http.MethodPost, path: "upgrade", show: showUpgraded, within: upgradeTimeout, more: url.Values{}}
	run := r.command(fs)
	return func(given []string, stdout io.Writer, stderr *os.File) int {
		if *binary != "" {
			path, err := filepath.Abs(*binary) // the running one may stand elsewhere
			if err != nil {
				fmt.Fprintln(stderr, err)
				return cli.Failed
			}
			r.more.Set("binary", path)
		}
		return run(given, stdout, stderr)
	}
}
