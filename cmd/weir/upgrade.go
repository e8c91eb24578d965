// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"weir/internal/admin"
	"weir/internal/upgrade"
)

var (
	errUpgrading = errors.New("an upgrade is under way")
	errBuiltIn   = errors.New("the configuration is the built-in one: a new weir would make up another password")
	errInit      = errors.New("weir is process 1 here: with it everything would end, so it cannot make way for another one")
	errEnded     = errors.New("the new weir has ended before it had everything; what it wrote says why")
	errCancelled = errors.New("the upgrade was called off: weir was told to leave")
)

// socketKinds are the words of an upgrade for the networks of admin.
var socketKinds = map[string]string{"tcp": upgrade.ForAdmin, "unix": upgrade.ForOperator}

// upgradeAsk is a wish for an upgrade. What becomes of it is sent to done, which must
// have room.
type upgradeAsk struct {
	binary string // empty: what we were started as
	done   chan<- upgraded
}

// upgraded is what became of it.
type upgraded struct {
	admin.Upgraded
	err error
}

// upgrading is an upgrade under way.
type upgrading struct {
	ask    upgradeAsk
	cancel context.CancelFunc
	ended  chan upgraded
}

// result is where its end is told; nil while there is none.
func (u *upgrading) result() <-chan upgraded {
	if u == nil {
		return nil
	}
	return u.ended
}

// ownProgram is the path we were started by: what stands there by the time of an
// upgrade is what is to be started then. A link on the way is followed then, too.
func ownProgram() string {
	path, err := exec.LookPath(os.Args[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return ""
	}
	return path
}

// giveUp tells the weir whose place we were to take why that cannot be.
func giveUp(from *upgrade.Pipe, why error) {
	if from != nil {
		_ = from.Say(&upgrade.Message{Failed: &upgrade.Failed{Reason: why.Error()}}) // it sees that we are gone, too
		_ = from.Close()
	}
}

// askUpgrade has the goroutine upgrade that obeys signals, too.
func (s *server) askUpgrade(binary string, ended <-chan struct{}) (admin.Upgraded, error) {
	done := make(chan upgraded, 1)
	select {
	case s.upgrades <- upgradeAsk{binary, done}:
		r := <-done
		return r.Upgraded, r.err
	case <-ended:
		return admin.Upgraded{}, errLeaving
	}
}

// upgrade starts a new weir, and a goroutine that deals with it.
func (s *server) upgrade(ask upgradeAsk) {
	err := error(nil)
	switch {
	case s.next != nil:
		err = errUpgrading
	case s.file == "":
		err = errBuiltIn
	case os.Getpid() == 1:
		err = errInit
	default:
		err = s.proxy.MayHandOver()
	}
	if err != nil {
		s.log.Error("not upgraded", "err", err)
		ask.done <- upgraded{err: err}
		return
	}
	binary := cmp.Or(ask.binary, s.program)
	s.log.Info("upgrading: a new weir is started", "binary", binary)
	s.manager.Reloading()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan upgraded, 1)
	s.next = &upgrading{ask, cancel, ended}
	go func() {
		var r upgraded
		r.Upgraded, r.err = s.succeed(ctx, binary)
		ended <- r
	}()
}

// succeed starts a new weir and hands over to it.
func (s *server) succeed(ctx context.Context, binary string) (done admin.Upgraded, err error) {
	sockets, err := s.ownSockets()
	defer closeSockets(sockets)
	if err != nil {
		return done, err
	}
	child, err := upgrade.Start(upgrade.Command{Binary: binary, Args: os.Args[1:], Env: append(os.Environ(), s.manager.Environment()...)})
	if err != nil {
		return done, err
	}
	// Before the new one can have the sockets: from then on this process may end at any moment.
	s.lendSockets(true)
	pause, err := s.proxy.HandOver(ctx, child.Pipe, sockets)
	switch {
	case err != nil && ctx.Err() != nil:
		err = errCancelled
	case errors.Is(err, io.EOF), errors.Is(err, unix.EPIPE), errors.Is(err, unix.ECONNRESET):
		err = errEnded
	}
	if err != nil {
		s.lendSockets(false)
		child.Kill()
		_ = child.Close()
		return done, err
	}
	return admin.Upgraded{PID: child.PID, PauseMS: float64(pause.Microseconds()) / 1000}, nil
}

// ownSockets are second descriptors of the sockets on which operators are answered.
func (s *server) ownSockets() (all []upgrade.Listening, err error) {
	if s.admin == nil {
		return nil, nil
	}
	for _, k := range s.admin.Sockets() {
		fd, err := k.Duplicate()
		if err != nil {
			return all, err
		}
		all = append(all, upgrade.Listening{Kind: socketKinds[k.Network], Addr: k.Addr, FD: fd})
	}
	return all, nil
}

func (s *server) lendSockets(lent bool) {
	switch {
	case s.admin == nil:
	case lent:
		s.admin.Lend()
	default:
		s.admin.TakeBack()
	}
}

func closeSockets(all []upgrade.Listening) {
	for _, l := range all {
		_ = unix.Close(l.FD)
	}
}

// upgraded ends an upgrade. It is true if we are not the service any more.
func (s *server) upgraded(r upgraded) bool {
	u := s.next
	s.next = nil
	u.cancel()
	if r.err != nil {
		s.log.Error("not upgraded, this weir goes on", "err", r.err)
		s.manager.Ready("not upgraded: " + r.err.Error())
		u.ask.done <- r
		if s.missed {
			s.missed = false
			_, _ = s.reload() // it has logged what was wrong
		}
		return false
	}
	s.unwatch()
	s.manager.Successor(r.PID, statusServing)
	s.log.Info("upgraded: the new weir serves", "pid", r.PID, "pause", time.Duration(r.PauseMS*float64(time.Millisecond)))
	if s.missed {
		_ = unix.Kill(r.PID, unix.SIGHUP) // it may have ended already
	}
	if s.admin != nil {
		s.admin.Leave() // what is asked from now on, the new one knows
	}
	u.ask.done <- r
	if s.admin != nil {
		s.admin.Close()
	}
	return true
}

// cancelled calls an upgrade off because of a signal that ends weir. It is true if it
// was too late for that: then the signal is the new one's.
func (s *server) cancelled(sig os.Signal) bool {
	if s.next == nil {
		return false
	}
	s.next.cancel()
	r := <-s.next.ended
	if !s.upgraded(r) {
		return false
	}
	s.log.Info("the signal is for the new weir", "signal", sig.String(), "pid", r.PID)
	if n, ok := sig.(unix.Signal); ok {
		_ = unix.Kill(r.PID, n) // it may have ended already
	}
	return true
}
