// SPDX-License-Identifier: Apache-2.0

package natsd

import (
	"crypto/tls"
	"errors"
	"testing"
)

func TestOptions(t *testing.T) {
	for name, row := range map[string]struct {
		o    Options
		good bool
	}{
		"alone":               {Options{Name: "a"}, true},
		"no name":             {Options{}, false},
		"no cluster's name":   {Options{Name: "a", Listen: "127.0.0.1:1", Peers: []string{"[::1]:1"}}, false},
		"peers but no listen": {Options{Name: "a", Peers: []string{"127.0.0.1:1"}}, false},
		"no peers":            {Options{Name: "a", Cluster: "c", Listen: "127.0.0.1:1"}, false},
		"loopback":            {Options{Name: "a", Cluster: "c", Listen: "127.0.0.1:1", Peers: []string{"localhost:2", "[::1]:3"}}, true},
		"no port":             {Options{Name: "a", Cluster: "c", Listen: "127.0.0.1", Peers: []string{"[::1]:1"}}, false},
		"peer without a port": {Options{Name: "a", Cluster: "c", Listen: "127.0.0.1:1", Peers: []string{"b"}}, false},
		"beyond, with TLS":    {Options{Name: "a", Cluster: "c", Listen: "0.0.0.0:1", Peers: []string{"b:1"}, TLS: &tls.Config{}}, true},
	} {
		if err := row.o.check(); (err == nil) != row.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, o := range map[string]Options{
		"listen beyond loopback":   {Name: "a", Cluster: "c", Listen: "0.0.0.0:1", Peers: []string{"[::1]:1"}},
		"listen on all interfaces": {Name: "a", Cluster: "c", Listen: ":1", Peers: []string{"[::1]:1"}},
		"a peer beyond loopback":   {Name: "a", Cluster: "c", Listen: "127.0.0.1:1", Peers: []string{"10.0.0.1:1"}},
	} {
		if err := o.check(); !errors.Is(err, ErrRouteTLS) {
			t.Errorf("%s without TLS: %v", name, err)
		}
	}
}
