// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"bytes"
	"errors"
	"testing"
)

// A state that is cut short or altered in its head is refused, and not with a
// panic; one that is accepted leads to the same state again.
func TestRestoreRefusesWhatIsNoState(t *testing.T) {
	cfg := &AcceptConfig{Passwords: []string{"secret"}}
	a := established(t)
	a.Feed([]byte("<message from='a'"))
	a.Next(nil)
	state := a.AppendState(nil)
	var b Acceptor
	for n := range state {
		if err := b.Restore(cfg, state[:n]); !errors.Is(err, ErrState) {
			t.Errorf("the first %d of %d bytes: %v", n, len(state), err)
		}
	}
	if err := b.Restore(cfg, append(state[:len(state):len(state)], 0)); !errors.Is(err, ErrState) {
		t.Errorf("with a byte behind: %v", err)
	}
	for i, wrong := range map[int]byte{0: exportVersion + 1, 1: byte(Final) + 1, 3: 255} {
		bad := bytes.Clone(state)
		bad[i] = wrong
		if err := b.Restore(cfg, bad); !errors.Is(err, ErrState) {
			t.Errorf("byte %d altered: %v", i, err)
		}
	}
	if err := b.Restore(cfg, state); err != nil {
		t.Fatal(err)
	}
	if again := b.AppendState(nil); !bytes.Equal(again, state) {
		t.Errorf("%q became %q", state, again)
	}
	if b.Name() != "chat" || b.State() != Established {
		t.Errorf("%q %v", b.Name(), b.State())
	}
}

// A stream that has ended is exported with its verdict and stays ended.
func TestRestoreAfterTheEnd(t *testing.T) {
	cfg := &AcceptConfig{}
	var a, b Acceptor
	a.Init(cfg, dialogueID)
	a.Fail(nil, "connection-timeout", "too slow")
	if err := b.Restore(cfg, a.AppendState(nil)); err != nil {
		t.Fatal(err)
	}
	if ev, out := b.Next(nil); ev != Ended || len(out) != 0 || b.Verdict() != (Verdict{"connection-timeout", "too slow"}) {
		t.Errorf("%v %q %v", ev, out, b.Verdict())
	}
}

func TestRestoreKeepsWhatTheHeaderSaid(t *testing.T) {
	cfg := &AcceptConfig{}
	var a, b Acceptor
	a.Init(cfg, dialogueID)
	a.Feed([]byte("<stream:stream " + nsDefault + " " + nsStream + " to='Chat' is_subdomain='true'>"))
	if ev, _ := a.Next(nil); ev != Opened {
		t.Fatal(ev)
	}
	if err := b.Restore(cfg, a.AppendState(nil)); err != nil {
		t.Fatal(err)
	}
	if b.Name() != "chat" || !b.Subdomain() || b.State() != WaitHandshake {
		t.Errorf("%q %v %v", b.Name(), b.Subdomain(), b.State())
	}
}

// No secret and no stream id of an established stream is in its state.
func TestStateHoldsNoSecret(t *testing.T) {
	state := established(t).AppendState(nil)
	for _, secret := range []string{"secret", proofOf("secret")} {
		if bytes.Contains(state, []byte(secret)) {
			t.Errorf("%q holds %q", state, secret)
		}
	}
}
