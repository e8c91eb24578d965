// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"weir/internal/admin"
	"weir/internal/cli"
)

// traceBytesMax bounds one line of a tap.
const traceBytesMax = 64 << 10

func tapCommand() cli.Command {
	return cli.Command{
		Name: "tap", Args: []string{"NAME"}, Does: "show what a component sends and is sent, as it goes by",
		About: []string{
			"Of each stanza it shows: the time, whether it came on a component's stream or a server's, its element, type, addresses, id " +
				"and size, the name and namespace of its first child, and what became of it. A stanza that comes back later is a line of " +
				"its own, and so are the beginning and the end of the component's streams.",
			"Nothing else is shown: no body, subject or other text, no other attribute, no other element, no password or proof of a " +
				"handshake. A type that is none of RFC 6121 is shown as other; addresses are cut at 256 bytes, all else at 128.",
			"At most 200 lines a second are written for each event loop, and four taps are open at a time. How many lines were " +
				"left out is told. What is sent on is not followed: sent means queued for its receiver.",
		},
		Setup: setupTap,
	}
}

func setupTap(fs *flag.FlagSet) cli.Run {
	socketPath := socketFlags(fs)
	count := fs.Int("count", admin.TapCount, "end after so many lines")
	long := fs.Duration("for", admin.TapTime, "end after this time, at most an hour")
	asJSON := fs.Bool("json", false, "print what programs read, a JSON object a line")
	return func(args []string, stdout io.Writer, stderr *os.File) int {
		if *long < time.Second || *long > admin.TapTimeMax {
			fmt.Fprintf(stderr, "weir tap: -for is %v, allowed are 1s to %v\n", *long, admin.TapTimeMax)
			return cli.Usage
		}
		path, err := socketPath()
		if err == nil {
			err = tap(path, args[0], *count, *long, traceWriter(stdout, *asJSON))
		}
		if err != nil {
			fmt.Fprintf(stderr, "weir tap: %v\n", err)
			return cli.Failed
		}
		return cli.Good
	}
}

// tap has each line of a trace written, until it is over or the user has enough.
func tap(socket, name string, count int, long time.Duration, write func(line []byte) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	query := url.Values{"name": {name}, "count": {strconv.Itoa(count)}, "seconds": {strconv.Itoa(int(long.Seconds()))}}
	body, err := request(ctx, socket, http.MethodGet, "tap?"+query.Encode())
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, traceBytesMax)
	for lines.Scan() {
		if err := write(lines.Bytes()); err != nil {
			return err
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil // the user has enough
	}
	return lines.Err()
}

func traceWriter(w io.Writer, asJSON bool) func(line []byte) error {
	return func(line []byte) error {
		if asJSON {
			_, err := fmt.Fprintf(w, "%s\n", line)
			return err
		}
		var t admin.Trace
		if err := json.Unmarshal(line, &t); err != nil {
			return fmt.Errorf("an answer that is not understood, of another version: %w", err)
		}
		_, err := io.WriteString(w, traceText(&t))
		return err
	}
}

// traceText is a line for people.
func traceText(t *admin.Trace) string {
	if t.Event == "" {
		text := ""
		if t.Missed > 0 {
			text = fmt.Sprintf("… %d lines were left out\n", t.Missed)
		}
		if t.End != "" {
			text += "end: " + t.End + "\n"
		}
		return text
	}
	words := []string{t.At.Local().Format("15:04:05.000"), t.Event}
	add := func(format, value string) {
		if value != "" {
			words = append(words, fmt.Sprintf(format, printable(value)))
		}
	}
	add("<%s>", t.Element)
	add("type=%s", t.Type)
	add("from=%s", t.From)
	add("to=%s", t.To)
	add("id=%s", t.ID)
	add("child=%s", strings.TrimSpace(t.NS+" "+t.Child))
	if t.Bytes > 0 {
		words = append(words, fmt.Sprintf("%d bytes", t.Bytes))
	}
	add("via %s", t.Via)
	add("-> %s", t.Outcome)
	return strings.Join(words, " ") + "\n"
}

// printable is a peer's text without what would steer the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
