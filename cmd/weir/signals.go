// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"weir/internal/config"
)

// obey does what signals and operators ask until ended is closed: HUP reloads, the first
// TERM or INT drains, the second one ends the proxy at once. After that
// signals have their usual effect again. USR2 has a new weir take our place; a HUP
// that comes meanwhile is obeyed afterwards, by whoever serves then.
func (s *server) obey(signals chan os.Signal, drain func(), ended <-chan struct{}) {
	leaving := false
	for {
		select {
		case <-ended:
			return
		case done := <-s.asks:
			switch {
			case leaving:
				done <- reloaded{err: errLeaving}
			case s.next != nil:
				done <- reloaded{err: errUpgrading}
			default:
				changes, err := s.reload()
				done <- reloaded{changes, err}
			}
		case ask := <-s.upgrades:
			if leaving {
				ask.done <- upgraded{err: errLeaving}
				continue
			}
			s.upgrade(ask)
		case r := <-s.next.result():
			leaving = s.upgraded(r) || leaving
		case sig := <-signals:
			switch {
			case sig == unix.SIGUSR2 && !leaving:
				s.upgrade(upgradeAsk{done: make(chan upgraded, 1)}) // it is logged what becomes of it
			case sig == unix.SIGHUP && !leaving && s.next == nil:
				_, _ = s.reload() // it has logged what was wrong
			case sig == unix.SIGHUP && !leaving:
				s.missed = true // the new one may have read the file already
				s.log.Info("the reload waits for the end of the upgrade")
			case sig == unix.SIGHUP, sig == unix.SIGUSR2: // too late
			case !leaving && s.cancelled(sig):
				leaving = true
			case !leaving:
				leaving = true
				s.log.Info("draining; the same signal again ends at once", "signal", sig.String())
				s.manager.Stopping(s.proxy.LeavingTakes())
				drain()
			default:
				s.log.Warn("ending at once", "signal", sig.String())
				signal.Stop(signals)
				s.proxy.Abort()
			}
		}
	}
}

// statusServing is what systemctl status shows while all is well.
const statusServing = "serving"

var (
	errLeaving = errors.New("weir is leaving")
	errNoFile  = errors.New("the configuration is the built-in one, there is no file")
)

// reloaded is what became of a reload that was asked for by way of admin.
type reloaded struct {
	changes []string
	err     error
}

// reload takes the file's new contents, and says what has changed. Whatever is wrong
// with it, the running configuration stays; it is logged and returned, for who asked
// by way of admin.
func (s *server) reload() (changes []string, err error) {
	if s.file == "" {
		s.log.Warn("configuration not reloaded: it is the built-in one, there is no file")
		return nil, errNoFile
	}
	s.manager.Reloading()
	defer func() {
		if err != nil {
			first, _, _ := strings.Cut(err.Error(), "\n")
			s.manager.Ready("the new configuration was refused, the old one stays: " + first)
		} else {
			s.manager.Ready(statusServing)
		}
	}()
	c, errs := config.Load(s.file)
	if len(errs) > 0 {
		s.log.Error("configuration not reloaded, the old one stays", "errors", len(errs))
		for _, e := range errs {
			s.log.Error("configuration", "err", e.Error())
		}
		return nil, errs
	}
	changes = config.Diff(s.config, c)
	before := s.proxy.Addrs()
	c.KeepForRestart(s.config)
	if err := s.proxy.Reload(c); err != nil {
		s.log.Error("configuration not reloaded, the old one stays", "err", err)
		return nil, err
	}
	s.level.Set(c.General.LogLevel)
	if s.admin != nil {
		s.admin.SetToken(string(c.Admin.Token))
	}
	s.remark(c)
	for _, change := range changes {
		s.log.Info("configuration changed", "change", change)
	}
	s.config = c
	s.sayNew(before)
	s.log.Info("configuration reloaded")
	return changes, nil
}

// sayNew logs the addresses that were not listened on before.
func (s *server) sayNew(before []netip.AddrPort) {
	for _, addr := range s.proxy.Addrs() {
		if !slices.Contains(before, addr) {
			s.log.Info("listening", "addr", addr.String())
		}
	}
}
