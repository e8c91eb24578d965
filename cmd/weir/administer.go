// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"

	"weir/internal/admin"
	"weir/internal/config"
)

// administer starts to answer operators, if [admin] says where.
func (s *server) administer(b build, ended <-chan struct{}) (err error) {
	a := &s.config.Admin
	if a.Address == "" && a.Socket == "" {
		return nil
	}
	s.admin, err = admin.New(admin.Config{
		Address: a.Address, Socket: a.Socket, Token: string(a.Token), Commit: b.commit,
		Weir: s.proxy, Log: s.log,
		Reload:   func() ([]string, error) { return s.askReload(ended) },
		Upgrade:  func(binary string) (admin.Upgraded, error) { return s.askUpgrade(binary, ended) },
		SetLevel: s.setLevel,
		LogLines: s.lines.counts,
		Inherited: func(network, addr string) *os.File {
			return s.proxy.Socket(socketKinds[network], addr)
		},
	})
	if err != nil {
		return err
	}
	if addr := s.admin.Addr(); addr != nil {
		s.log.Info("admin: answering", "addr", addr.String())
	}
	if a.Socket != "" {
		s.log.Info("admin: answering", "socket", a.Socket)
	}
	return nil
}

// askReload has the goroutine reload that obeys signals, too.
func (s *server) askReload(ended <-chan struct{}) (changes []string, err error) {
	done := make(chan reloaded, 1)
	select {
	case s.asks <- done:
		r := <-done
		return r.changes, r.err
	case <-ended:
		return nil, errLeaving
	}
}

// setLevel sets the log's level until the next reload.
func (s *server) setLevel(word string) error {
	level, ok := config.LogLevel(word)
	if !ok {
		return fmt.Errorf("%q is no log level, allowed: %s", word, config.LogLevels())
	}
	s.level.Set(level)
	s.log.Info("log level set by the operator", "level", word)
	return nil
}
