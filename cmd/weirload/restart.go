// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"weir/bench"
)

// restartFlags are those of restart alone.
func restartFlags(fs *flag.FlagSet) func(*bench.Options) (drive, error) {
	name := fs.String("signal", "TERM", "`NAME` of the signal that -pid gets, or none")
	start := fs.String("start", "", "`COMMAND` for sh that starts the server again, once the processes of -pid have ended; empty if a supervisor does. "+
		"What it starts stays when this tool ends")
	return func(o *bench.Options) (drive, error) {
		var signal syscall.Signal
		if *name != "none" {
			if signal = unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(*name), "SIG")); signal == 0 {
				return nil, usagef("-signal: there is no signal %q", *name)
			}
			if len(o.PIDs) == 0 {
				return nil, usagef("-signal needs the -pid that it is for")
			}
		} else if *start == "" {
			return nil, usagef("-signal none needs a -start command that restarts the server")
		}
		how := bench.Restarter{How: describe(*name, *start), Do: func(ctx context.Context) error {
			return restart(ctx, o.PIDs, signal, *start)
		}}
		return func(ctx context.Context, o bench.Options, say bench.Reporter) (*bench.Result, error) {
			return bench.Restarted(ctx, o, how, say)
		}, nil
	}
}

func describe(signal, start string) string {
	switch {
	case signal == "none":
		return start
	case start == "":
		return "SIG" + strings.TrimPrefix(strings.ToUpper(signal), "SIG")
	}
	return "SIG" + strings.TrimPrefix(strings.ToUpper(signal), "SIG") + " and " + start
}

// restart sends the signal, waits for the end of the processes if there is a command
// to run then, and runs it.
func restart(ctx context.Context, pids []int, signal syscall.Signal, start string) error {
	if signal != 0 {
		for _, pid := range pids {
			if err := syscall.Kill(pid, signal); err != nil {
				return fmt.Errorf("signal to process %d: %w", pid, err)
			}
		}
	}
	if start == "" {
		return nil
	}
	for signal != 0 && anyLives(pids) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	cmd := exec.Command("sh", "-c", start)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // it is the server, or has started it: the traffic tells
	return nil
}

func anyLives(pids []int) bool {
	for _, pid := range pids {
		if !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
	}
	return false
}
