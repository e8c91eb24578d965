// SPDX-License-Identifier: Apache-2.0

package peers_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/peers"
)

// Every peer that is installed starts, carries a mix without an error, and is
// gone after Stop. What is not installed is skipped by name.
func TestPeersCarryTraffic(t *testing.T) {
	var names []string
	for i := range 8 {
		names = append(names, fmt.Sprintf("c%d.example", i))
	}
	for _, kind := range peers.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			if p := kind.Missing(); p != "" {
				t.Skipf("SKIPPED: %s is not installed; apt-get install %s", kind.Name, p)
			}
			s, err := kind.Start(t.Context(), peers.Site{Dir: t.TempDir(), Names: names})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Stop() })
			r, err := bench.Forward(t.Context(), bench.Options{
				Target: bench.Target{Addr: s.Addr, Secret: peers.Secret, PIDs: s.PIDs},
				Pairs:  4, Duration: 300 * time.Millisecond,
			}, bench.Quiet{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Errors.Sum() != 0 || r.Delivered == 0 || r.ServerUse == nil || r.ServerUse.RSS == 0 {
				t.Errorf("%d delivered, errors %v %q, use %+v", r.Delivered, r.Errors, r.Notes, r.ServerUse)
			}
			if v := kind.Version(); v == "unknown" || v == "" {
				t.Errorf("version %q", v)
			}
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			if c, err := net.DialTimeout("tcp4", s.Addr, time.Second); err == nil {
				c.Close()
				t.Error("still listens after Stop")
			}
		})
	}
}

// Those with TLS agree with the load tool on the same version and cipher: one that
// insists on a longer key would do more work for the same row.
func TestPeersAgreeOnTheCipher(t *testing.T) {
	agreed := map[string][]string{}
	for _, kind := range peers.Kinds() {
		if !kind.TLS || kind.Missing() != "" {
			continue // the test above says what is missing
		}
		s, err := kind.Start(t.Context(), peers.Site{Dir: t.TempDir(), TLS: true})
		if err != nil {
			t.Fatal(err)
		}
		r, err := bench.Forward(t.Context(), bench.Options{
			Target: bench.Target{Addr: s.Addr, Secret: peers.Secret, TLS: &tls.Config{InsecureSkipVerify: true}},
			Pairs:  2, Duration: 300 * time.Millisecond,
		}, bench.Quiet{})
		_ = s.Stop()
		if err != nil {
			t.Fatalf("%s: %v", kind.Name, err)
		}
		if r.Errors.Sum() != 0 || r.Delivered == 0 || r.TLS == "" {
			t.Errorf("%s: %d delivered over %q, errors %v %q", kind.Name, r.Delivered, r.TLS, r.Errors, r.Notes)
		}
		agreed[r.TLS] = append(agreed[r.TLS], kind.Name)
	}
	if len(agreed) > 1 {
		t.Errorf("they differ: %v", agreed)
	}
}

func TestStartSaysWhy(t *testing.T) {
	_, err := peers.Weir("/nonexistent/weir").Start(t.Context(), peers.Site{Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "start weir: ") {
		t.Errorf("%v", err)
	}
	_, err = peers.Weir("/bin/false").Start(t.Context(), peers.Site{Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "ended at once") {
		t.Errorf("%v", err)
	}
}
