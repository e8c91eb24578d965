// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"weir/internal/cli"
	"weir/internal/config"
)

const (
	// socketVariable names the socket for all commands of a shell.
	socketVariable = "WEIR_SOCKET"
	// defaultSocket is where the packaged service has it.
	defaultSocket = "/run/weir/admin.sock"
	remoteTimeout = 30 * time.Second
	// answerBytesMax bounds what is read: 10,000 components are 4 MB.
	answerBytesMax = 256 << 20
)

// remote is a command to a running weir. Its arguments are the parameters of the
// request.
type remote struct {
	method string
	path   string
	params []string
	show   func(w io.Writer, answer []byte) error // for people

	within time.Duration // for the answer; 0: remoteTimeout
	more   url.Values    // further parameters
}

func remoteCommands() []cli.Command {
	get := func(path string, show func(io.Writer, []byte) error, params ...string) func(*flag.FlagSet) cli.Run {
		return remote{method: http.MethodGet, path: path, params: params, show: show}.command
	}
	post := func(path string, show func(io.Writer, []byte) error, params ...string) func(*flag.FlagSet) cli.Run {
		return remote{method: http.MethodPost, path: path, params: params, show: show}.command
	}
	return []cli.Command{
		{Group: "of a running weir, over its admin socket", Name: "status", Does: "tell how it stands", Setup: get("status", showStatus)},
		{Name: "components", Does: "list who is connected", Setup: get("components", showComponents)},
		{Name: "upstreams", Does: "list the links to the servers behind it", Setup: get("upstreams", showUpstreams)},
		{
			Name: "explain", Args: []string{"FROM", "TO"}, Does: "tell where a stanza would go, and which rule says so",
			Setup: get("explain", showExplanation, "from", "to"),
		},
		tapCommand(),
		{
			Name: "kick", Args: []string{"NAME"}, Does: "end a component's streams at once",
			About: []string{"They end with policy-violation. A component that does not read is closed, and what waited for it is answered."},
			Setup: post("kick", showDone, "name"),
		},
		{
			Name: "drain", Args: []string{"NAME"}, Does: "end a component's streams after what waits for them",
			About: []string{"They end with system-shutdown, as when weir itself leaves."},
			Setup: post("drain", showDone, "name"),
		},
		{
			Name: "reload", Does: "take the configuration file anew",
			About: []string{"What has changed is printed, a line for each key, as weir check -diff does. A file with a mistake changes nothing. What is wrong with it is printed, and the exit code is 1."},
			Setup: post("reload", showReloaded),
		},
		upgradeCommand(),
		{
			Name: "log-level", Args: []string{"LEVEL"}, Choices: config.LogLevelWords(), Does: "set the log's level until the next reload",
			Setup: post("log-level", showNothing, "level"),
		},
	}
}

// command has the flags that all of these have.
func (r remote) command(fs *flag.FlagSet) cli.Run {
	socketPath := socketFlags(fs)
	asJSON := fs.Bool("json", false, "print what programs read")
	return func(given []string, stdout io.Writer, stderr *os.File) int {
		path, err := socketPath()
		if err != nil {
			fmt.Fprintln(stderr, err)
			return cli.Failed
		}
		answer, err := r.ask(path, given)
		if err == nil && *asJSON {
			_, err = stdout.Write(answer)
		} else if err == nil {
			err = r.show(stdout, answer)
		}
		if err != nil {
			fmt.Fprintf(stderr, "weir %s: %v\n", fs.Name(), err)
			return cli.Failed
		}
		return cli.Good
	}
}

// socketFlags are the flags that say which weir; what they come to is known when
// they have been read.
func socketFlags(fs *flag.FlagSet) func() (string, error) {
	socket := fs.String("socket", "", "the `PATH` of weir's admin socket (default $"+socketVariable+", else "+defaultSocket+")")
	file := fs.String("config", "", "the configuration `FILE` that names the socket")
	return func() (string, error) { return socketOf(*socket, *file) }
}

// socketOf is the socket that was named, in one way or another, or the usual one.
func socketOf(socket, file string) (string, error) {
	if socket != "" {
		return socket, nil
	}
	if file == "" {
		return cmp.Or(os.Getenv(socketVariable), defaultSocket), nil
	}
	c, errs := config.Load(file)
	if len(errs) > 0 {
		return "", errs
	}
	if c.Admin.Socket == "" {
		return "", fmt.Errorf("%s: admin.socket is not set, and without it weir answers no commands", file)
	}
	return c.Admin.Socket, nil
}

// ask sends the request over the socket and reads the answer.
func (r remote) ask(socket string, given []string) ([]byte, error) {
	query := url.Values{}
	maps.Copy(query, r.more)
	for i, p := range r.params {
		query.Set(p, given[i])
	}
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(r.within, remoteTimeout))
	defer cancel()
	body, err := request(ctx, socket, r.method, r.path+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(io.LimitReader(body, answerBytesMax))
}

// request is one request over the socket; its answer, or what went wrong. The
// caller closes it.
func request(ctx context.Context, socket, method, path string) (io.ReadCloser, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}}
	req, err := http.NewRequestWithContext(ctx, method, "http://weir/api/v1/"+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		if dialled, ok := errors.AsType[*net.OpError](err); ok {
			return nil, unanswered(socket, dialled.Err)
		}
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerBytesMax))
	if err != nil {
		return nil, err
	}
	return nil, failureIn(answer, res.Status)
}

// unanswered says that nobody is there, and where else to look.
func unanswered(socket string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, fs.ErrPermission):
		hint = "; it answers root, and the user it runs as"
	case socket == defaultSocket:
		hint = "; -socket, -config or $" + socketVariable + " names another one"
	}
	return fmt.Errorf("no weir answers at %s: %w%s", socket, err, hint)
}

// failureIn is what weir says went wrong.
func failureIn(answer []byte, status string) error {
	var f struct{ Error string }
	if json.NewDecoder(bytes.NewReader(answer)).Decode(&f) != nil || f.Error == "" {
		return errors.New(status)
	}
	return errors.New(f.Error)
}
