// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"

	"weir/internal/admin"
	"weir/internal/cli"
	"weir/internal/config"
	"weir/internal/proxy"
	"weir/internal/systemd"
	"weir/internal/upgrade"
)

// server is a weir that serves.
type server struct {
	file    string // of the configuration; empty: the built-in one
	config  *config.Config
	machine config.Machine // as it was before the proxy changed GOMAXPROCS
	level   *slog.LevelVar
	log     *slog.Logger
	lines   logLines
	proxy   *proxy.Proxy
	manager *systemd.Manager
	admin   *admin.Server      // nil: there is none
	asks    chan chan reloaded // to reload, by way of admin

	unwatch context.CancelFunc // ends the signs of life

	from     *upgrade.Pipe   // the weir whose place we take; nil: there is none
	program  string          // what upgrades start, unless they are told otherwise
	upgrades chan upgradeAsk // by way of admin
	next     *upgrading      // the one under way; nil: none
	missed   bool            // a HUP came meanwhile
}

// serve is weir serve.
func serve(fs *flag.FlagSet) cli.Run {
	file := fs.String("config", "", "the configuration `FILE`; without it a listener on 127.0.0.1:8888 with a random password")
	var format logFormat
	fs.Var(&format, "log-format", "how to log; text on a terminal, json otherwise")
	return func(_ []string, stdout io.Writer, stderr *os.File) int {
		return serveFile(*file, format, stdout, stderr)
	}
}

func serveFile(file string, format logFormat, stdout io.Writer, stderr *os.File) int {
	from, err := upgrade.Inherited()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return cli.Failed
	}
	c, errs := load(file, stdout)
	if len(errs) > 0 {
		fmt.Fprintln(stderr, errs)
		giveUp(from, errs)
		return cli.Failed
	}
	level := new(slog.LevelVar)
	level.Set(c.General.LogLevel)
	log, lines := newLog(format, level, stderr)
	defer lines.close()
	s := &server{
		file: file, config: c, machine: config.ThisMachine(),
		level: level, log: log, lines: lines, manager: systemd.New(log),
		asks: make(chan chan reloaded), upgrades: make(chan upgradeAsk), from: from, program: ownProgram(),
	}
	if err := s.run(); err != nil {
		log.Error("weir ends", "err", err)
		giveUp(from, err)
		return cli.Failed
	}
	return cli.Good
}

// load reads the file, or takes the built-in configuration and prints its
// password: this one time, and to stdout, because the log keeps no secrets.
func load(file string, stdout io.Writer) (*config.Config, config.Errors) {
	if file != "" {
		return config.Load(file)
	}
	c := config.Default()
	l := &c.Listeners[0]
	fmt.Fprintf(stdout, "No -config: components connect to %s with the password %s\n", l.Name, string(l.Passwords[0]))
	return c, nil
}

// run serves until a signal ends it.
func (s *server) run() error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGUSR2)
	defer signal.Stop(signals)

	b := thisBuild()
	s.log.Info("weir starts", "version", b.version, "commit", b.commit, "pid", os.Getpid())
	s.remark(s.config)
	var err error
	if s.from != nil {
		s.proxy, err = proxy.Inherit(s.config, s.log, b.version, s.from)
	} else {
		s.proxy, err = proxy.New(s.config, s.log, b.version)
	}
	if err != nil {
		return err
	}
	for _, addr := range s.proxy.Addrs() {
		s.log.Info("listening", "addr", addr.String())
	}
	ctx, drain := context.WithCancel(context.Background())
	ended := make(chan struct{})
	if err := s.administer(b, ended); err != nil {
		drain()
		if s.from != nil {
			return err // the old one goes on with everything
		}
		s.proxy.Abort()
		return errors.Join(err, s.proxy.Run(ctx))
	}
	if err := s.proxy.Begin(); err != nil {
		drain()
		return err
	}
	watched, unwatch := context.WithCancel(context.Background()) // also while draining
	s.unwatch = unwatch
	var helpers sync.WaitGroup
	helpers.Go(func() { s.obey(signals, drain, ended) })
	helpers.Go(func() { s.manager.Watchdog(watched, s.proxy.Alive) })
	s.manager.Ready(statusServing)
	err = s.proxy.Run(ctx)
	close(ended)
	unwatch()
	drain()
	if s.admin != nil {
		s.admin.Close()
	}
	helpers.Wait()
	if err == nil {
		s.log.Info("weir has ended")
	}
	return err
}
