// SPDX-License-Identifier: Apache-2.0

package router

import (
	"slices"
	"testing"

	"weir/internal/cluster/directory"
	"weir/table"
)

func elsewhere(name string) *directory.Directory {
	d := directory.New(directory.Peer{Node: "aaaaaaaaaa", Incarnation: 1})
	there := directory.Peer{Node: "bbbbbbbbbb", Incarnation: 2}
	d.SetNode(there)
	d.Update(name, []directory.Holder{{Peer: there, ID: 7, Epoch: 1}})
	return d
}

// A component of this node comes before one of another, and that before a server.
func TestRemoteNames(t *testing.T) {
	tab := table.New()
	c := Config{Elsewhere: elsewhere("bot.example"), Upstreams: []UpstreamDomains{{Name: "u", Domains: []string{"*"}}}}
	r, err := New(c, tab)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Resolve([]byte("bot.example")); got.Kind != Remote || got.Remote.Text != "bot.example" {
		t.Errorf("a component elsewhere: %+v", got)
	}
	if got := r.Resolve([]byte("other.example")); got.Kind != Upstream {
		t.Errorf("nobody's: %+v", got)
	}
	if _, err := tab.Register(table.Request{Names: []string{"bot.example"}, Instance: &table.Instance{ID: 1}}); err != nil {
		t.Fatal(err)
	}
	if got := r.Resolve([]byte("bot.example")); got.Kind != Component {
		t.Errorf("one here: %+v", got)
	}
}

func TestRemoteNamesNeedTheirModule(t *testing.T) {
	modules := slices.DeleteFunc(DefaultModules(), func(m string) bool { return m == external })
	r, err := New(Config{Modules: modules, Elsewhere: elsewhere("bot.example")}, table.New())
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Resolve([]byte("bot.example")); got.Kind != Nowhere {
		t.Errorf("%+v", got)
	}
	if _, err := New(Config{Modules: []string{external, externalLocalnode}, Elsewhere: elsewhere("x")}, table.New()); err == nil {
		t.Error("other nodes' components before our own are taken")
	}
	if _, err := New(Config{Modules: []string{external, externalLocalnode}}, table.New()); err != nil {
		t.Errorf("without a cluster the order of the two means nothing: %v", err)
	}
}
