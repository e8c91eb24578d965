// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"

	"weir/internal/cli"
)

var title = cli.Title{Name: "weir.toml", Section: "5", Does: "the configuration of weir"}

func main() {
	if err := convert(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "manpage:", err)
		os.Exit(1)
	}
}

func convert(r io.Reader, w io.Writer) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return cli.MarkdownPage(w, title, string(text), "weir(1)")
}
