// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"weir/internal/freeport"
)

const startTimeout = time.Minute

// child is a node's process as the parent sees it.
type child struct {
	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *json.Decoder
}

// nodes starts n processes that know each other. They are killed when the context is done, or when this process ends.
func nodes(ctx context.Context, n int) ([]*child, error) {
	addresses, err := freeAddresses(n)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var all []*child
	for i := range n {
		c := &child{cmd: exec.CommandContext(ctx, self, "-node", strconv.Itoa(i), "-routes", strings.Join(addresses, ","))}
		c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		c.cmd.Stderr = os.Stderr
		if c.orders, err = c.cmd.StdinPipe(); err != nil {
			return all, err
		}
		out, err := c.cmd.StdoutPipe()
		if err != nil {
			return all, err
		}
		c.answers = json.NewDecoder(bufio.NewReader(out))
		if err := c.cmd.Start(); err != nil {
			return all, err
		}
		all = append(all, c)
	}
	for i, c := range all {
		if _, err := c.answer(); err != nil {
			return all, fmt.Errorf("node %d: %w", i, err)
		}
	}
	return all, nil
}

// freeAddresses gives addresses on loopback that nobody listened on just now.
func freeAddresses(n int) (addresses []string, err error) {
	for range n {
		port, err := freeport.Next()
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	return addresses, nil
}

func (c *child) order(o order) error { return json.NewEncoder(c.orders).Encode(o) }

func (c *child) answer() (a answer, err error) {
	if err = c.answers.Decode(&a); err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	return a, err
}

// doAll has all carry out an order at once, and waits for all.
func doAll(all []*child, o order) (answers []answer, err error) {
	for _, c := range all {
		if err := c.order(o); err != nil {
			return nil, err
		}
	}
	for _, c := range all {
		a, err := c.answer()
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

func stopAll(all []*child) {
	for _, c := range all {
		c.stop()
	}
}

// stop ends the process: by the end of its input, or else by force.
func (c *child) stop() {
	c.orders.Close()
	timer := time.AfterFunc(10*time.Second, func() { c.cmd.Process.Kill() })
	defer timer.Stop()
	c.cmd.Wait()
}
