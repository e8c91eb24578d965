// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"weir/internal/config"
)

const (
	// socketVariable names the socket for all commands of a shell.
	socketVariable = "WEIR_SOCKET"
	remoteTimeout  = 30 * time.Second
	// answerBytesMax bounds what is read: 10,000 components are 4 MB.
	answerBytesMax = 256 << 20
)

// remote is a command to a running weir.
type remote struct {
	args   []string // names of its arguments, for people
	params []string // names of its arguments, in the request
	method string
	path   string
	show   func(w io.Writer, answer []byte) error // for people
}

func remoteCommands() map[string]remote {
	return map[string]remote{
		"status":     {method: http.MethodGet, path: "status", show: showStatus},
		"components": {method: http.MethodGet, path: "components", show: showComponents},
		"upstreams":  {method: http.MethodGet, path: "upstreams", show: showUpstreams},
		"explain":    {[]string{"FROM", "TO"}, []string{"from", "to"}, http.MethodGet, "explain", showExplanation},
		"kick":       {[]string{"NAME"}, []string{"name"}, http.MethodPost, "kick", showDone},
		"drain":      {[]string{"NAME"}, []string{"name"}, http.MethodPost, "drain", showDone},
		"reload":     {method: http.MethodPost, path: "reload", show: showNothing},
		"log-level":  {[]string{"LEVEL"}, []string{"level"}, http.MethodPost, "log-level", showNothing},
	}
}

func (c remote) run(name string, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	socket := fs.String("socket", os.Getenv(socketVariable), "the `PATH` of weir's admin.socket (default $"+socketVariable+")")
	file := fs.String("config", "", "the configuration `FILE` that names the socket")
	asJSON := fs.Bool("json", false, "print the answer as JSON")
	given, flags := c.split(args)
	if code, done := parseFlags(fs, flags, stdout, stderr); done {
		return code
	}
	if len(given) != len(c.args) {
		fmt.Fprintf(stderr, "usage: weir %s\n", strings.Join(append([]string{name, "[-socket PATH | -config FILE] [-json]"}, c.args...), " "))
		return exitUsage
	}
	path, err := socketOf(*socket, *file)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	answer, err := c.ask(path, given)
	if err == nil && *asJSON {
		_, err = stdout.Write(answer)
	} else if err == nil {
		err = c.show(stdout, answer)
	}
	if err != nil {
		fmt.Fprintf(stderr, "weir %s: %v\n", name, err)
		return exitFailed
	}
	return exitGood
}

// split takes the arguments off the end: flags come first, as everywhere.
func (c remote) split(args []string) (given, flags []string) {
	n := max(0, len(args)-len(c.args))
	for i, a := range args[n:] {
		if strings.HasPrefix(a, "-") { // too few arguments: let the flags be read
			n += i + 1
		}
	}
	return args[min(n, len(args)):], args[:min(n, len(args))]
}

var errNoSocket = errors.New("which weir? give -socket PATH, -config FILE or set $" + socketVariable)

// socketOf is the socket that was named, in one way or the other.
func socketOf(socket, file string) (string, error) {
	if file == "" {
		if socket == "" {
			return "", errNoSocket
		}
		return socket, nil
	}
	c, errs := config.Load(file)
	if len(errs) > 0 {
		return "", errs
	}
	if c.Admin.Socket == "" {
		return "", fmt.Errorf("%s: admin.socket is not set", file)
	}
	return c.Admin.Socket, nil
}

// ask sends the request over the socket and reads the answer.
func (c remote) ask(socket string, given []string) ([]byte, error) {
	query := url.Values{}
	for i, p := range c.params {
		query.Set(p, given[i])
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	client := &http.Client{Timeout: remoteTimeout, Transport: &http.Transport{DialContext: dial}}
	req, err := http.NewRequestWithContext(context.Background(), c.method, "http://weir/api/v1/"+c.path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		if dialled, ok := errors.AsType[*net.OpError](err); ok {
			return nil, dialled // not the address we have made up
		}
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerBytesMax))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, failureIn(answer, res.Status)
	}
	return answer, nil
}

// failureIn is what weir says went wrong.
func failureIn(answer []byte, status string) error {
	var f struct{ Error string }
	if json.NewDecoder(bytes.NewReader(answer)).Decode(&f) != nil || f.Error == "" {
		return errors.New(status)
	}
	return errors.New(f.Error)
}
