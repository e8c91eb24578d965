// SPDX-License-Identifier: Apache-2.0

package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name, text string
		machine    Machine
		want       []string
	}{
		{"none", component("max_connections = 900"), Machine{2, 1024}, nil},
		{"no limit asked", component(), Machine{2, 1024}, nil},
		{"loops", "engine.loops = 3\n" + component(), Machine{2, 1024}, []string{
			"engine.loops is 3, more than the 2 processors here"}},
		{"open files", component("max_connections = 500", "[[listen.component]]", "port = 1", "password = 'x'", "max_connections = 500"), Machine{2, 1024}, []string{
			"listen.component.max_connections add up to 1000, more than the limit of 1024 open files (ulimit -n) leaves room for"}},
		{"no router for components", "general.routing_modules = ['ejabberd_s2s']\n" + component(), Machine{2, 1024}, []string{
			"general.routing_modules lacks mongoose_router_external_localnode: no stanza reaches a component"}},
		{"overlap", component("[[listen.component]]", "port = 8888", "ip_address = '127.0.0.1'", "password = 'x'"), Machine{2, 1024}, []string{
			"listen.component on 0.0.0.0:8888 takes all addresses, 127.0.0.1:8888 among them: one of the two cannot be opened"}},
		{"no overlap", component("[[listen.component]]", "port = 8888", "ip_address = '::1'", "password = 'x'"), Machine{2, 1024}, nil},
		{"a server that is a listener", component() + "[[upstream]]\nname = 'p'\naddress = 'localhost:8888'\nsecret = 'x'\ndomains = ['*']\n", Machine{2, 1024}, []string{
			"upstream p is at localhost:8888, where weir listens itself (0.0.0.0:8888): a server has its component port there"}},
		{"a server beside a listener", component("ip_address = '127.0.0.1'") + "[[upstream]]\nname = 'p'\naddress = '127.0.0.2:8888'\nsecret = 'x'\ndomains = ['*']\n" +
			"[[upstream]]\nname = 'q'\naddress = '[::1]:8888'\nsecret = 'x'\ndomains = ['*']\n" +
			"[[upstream]]\nname = 'r'\naddress = 'unix:/run/s'\nsecret = 'x'\ndomains = ['*']\n", Machine{2, 1024}, nil},
		{"the status page on a listener", "[admin]\naddress = '127.0.0.1:8888'\n" + component(), Machine{2, 1024}, []string{
			"admin.address is 127.0.0.1:8888, where listen.component listens (0.0.0.0:8888): one of the two cannot be opened"}},
		{"two of port 0", "[[listen.component]]\nport = 0\npassword = 'x'\n[[listen.component]]\nport = 0\npassword = 'x'\n", Machine{2, 1024}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, good(t, c.text).Warnings(c.machine)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestThisMachine(t *testing.T) {
	if m := ThisMachine(); m.CPUs < 1 || m.OpenFiles < 3 {
		t.Errorf("%+v", m)
	}
}
