// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"slices"
	"strings"
	"testing"
)

// layer is one package: what of ours it may import, and which other modules. The standard library is free.
type layer struct{ name, ours, others string }

// layers is the import table, from the bottom up: a package imports only what stands above it here. Tests are free to
// import what they test against.
var layers = []layer{
	// What knows one thing each.
	{"xmlscan", "", "golang.org/x/sys"},
	{"table", "", "github.com/orcaman/concurrent-map/v2"},
	{"internal/jid", "", "golang.org/x/net golang.org/x/text"},
	{"internal/shaper", "", ""},
	{"internal/refusal", "", ""},
	{"internal/guard", "internal/shaper", ""},
	{"internal/acl", "internal/jid", ""},
	{"internal/logqueue", "", ""},
	{"internal/systemd", "", "golang.org/x/sys"},
	{"internal/cli", "", ""},

	// Bytes: connections and loops. Drivers see the drivers' interface only; who assembles picks one.
	{"engine/driver", "", "golang.org/x/sys"},
	{"engine", "engine/driver", "github.com/valyala/bytebufferpool golang.org/x/sys"},
	{"engine/epoll", "engine/driver", "github.com/cloudwego/netpoll golang.org/x/sys"},
	{"engine/uring", "engine/driver", "golang.org/x/sys"},

	// The protocol, without any I/O.
	{"internal/wire", "xmlscan", ""},
	{"internal/stream", "xmlscan internal/wire internal/jid", ""},
	{"internal/stanza", "xmlscan internal/wire internal/jid", ""},
	{"internal/cluster/envelope", "", ""},
	{"internal/cluster/directory", "table", "github.com/orcaman/concurrent-map/v2"},
	{"internal/router", "table internal/cluster/directory internal/acl internal/wire internal/jid", ""},
	{"internal/host", "xmlscan internal/wire internal/jid", ""},
	{"internal/tap", "xmlscan internal/jid internal/shaper", ""},
	{"internal/flow", "engine", ""},
	{"internal/tlsconf", "internal/jid", "github.com/youmark/pkcs8"},
	{"internal/tlsconf/tlstest", "", ""},
	{"internal/config", "table internal/acl internal/jid internal/shaper internal/tlsconf", "github.com/BurntSushi/toml golang.org/x/sys"},

	// Between nodes: neither knows the other, or what a stanza is.
	{"internal/cluster/link", "", "github.com/nats-io/nats.go"},
	{"internal/cluster/natsd", "", "github.com/nats-io/nats-server/v2"},
	// What the nodes of a cluster share. Only natskv knows NATS.
	{"internal/cluster/registry", "table internal/cluster/directory", "golang.org/x/sys"},
	{"internal/cluster/registry/memstore", "internal/cluster/registry", ""},
	{"internal/cluster/registry/natskv", "internal/cluster/registry", "github.com/nats-io/nats.go"},
	{"internal/cluster/clustertest", "table internal/cluster/directory internal/cluster/registry", ""},

	// Effects: where the protocol meets connections, and where all is put together.
	{"internal/session", "xmlscan table engine internal/cluster/directory internal/cluster/envelope internal/acl internal/flow internal/host internal/jid internal/refusal internal/router internal/shaper internal/stanza internal/stream internal/tap internal/wire", ""},
	{"internal/operator", "engine table internal/cluster/directory internal/jid internal/router internal/session internal/stanza internal/wire", ""},
	{"internal/cluster", "engine table internal/cluster/directory internal/cluster/envelope internal/cluster/link internal/cluster/natsd internal/cluster/registry internal/cluster/registry/natskv internal/session", "github.com/nats-io/nats.go"},
	{"internal/upstream", "xmlscan table engine internal/router internal/session internal/stream internal/wire", "golang.org/x/sys"},
	{"internal/preface", "engine", "github.com/pires/go-proxyproto"},
	{"internal/metrics", "engine internal/operator internal/refusal internal/session internal/stanza", "github.com/VictoriaMetrics/metrics golang.org/x/sys"},
	{"internal/upgrade", "engine internal/guard internal/session internal/upstream table", "golang.org/x/sys"},
	{"internal/proxy", "internal/upgrade xmlscan table engine engine/driver engine/epoll engine/uring internal/acl internal/cluster internal/cluster/directory internal/cluster/registry internal/config internal/flow internal/guard internal/host internal/jid internal/metrics internal/operator internal/preface internal/refusal internal/router internal/session internal/shaper internal/stream internal/tap internal/tlsconf internal/upstream internal/wire", "golang.org/x/sys"},
	{"internal/admin", "internal/metrics internal/operator internal/session internal/tap", "golang.org/x/net golang.org/x/sys"},
	{"cmd/weir", "internal/admin internal/cli internal/config internal/logqueue internal/proxy internal/systemd internal/upgrade", "golang.org/x/sys"},

	// The load tool drives any server: it shares nothing with the proxy that could share a fault.
	{"bench/traffic", "", "github.com/BurntSushi/toml"},
	{"bench/benchtest", "bench/traffic", ""},
	{"bench/client", "bench/traffic", "github.com/HdrHistogram/hdrhistogram-go golang.org/x/sys"},
	{"bench/hostile", "bench/traffic", ""},
	{"bench", "bench/client bench/hostile bench/traffic", "github.com/HdrHistogram/hdrhistogram-go github.com/schollz/progressbar/v3 golang.org/x/sys golang.org/x/term"},
	{"internal/freeport", "", ""},
	{"bench/peers", "internal/freeport", ""},
	{"bench/report", "bench", ""},
	{"bench/picture", "bench bench/report", ""},
	{"bench/front", "bench bench/peers", "golang.org/x/sys"},
	{"bench/run", "bench bench/peers bench/report", "golang.org/x/sys"},
	{"bench/cluster", "bench bench/peers internal/freeport internal/cluster/directory internal/cluster/link internal/cluster/natsd internal/cluster/registry internal/cluster/registry/natskv table",
		"github.com/HdrHistogram/hdrhistogram-go github.com/nats-io/nats.go golang.org/x/sys"},
	{"bench/tune", "bench bench/peers internal/freeport", "golang.org/x/sys"},
	{"cmd/weirload", "internal/cli bench bench/report bench/client bench/hostile bench/traffic", "golang.org/x/sys golang.org/x/term"},

	// For tests and for building.
	{"engine/drivertest", "engine/driver", "golang.org/x/sys"},
	{"xmlscan/internal/corpus", "", ""},
	{"internal/cluster/link/linktest", "internal/cluster/link", ""},
	{"internal/cluster/faultproxy", "", ""},
	{"internal/cluster/natsd/natsdtest", "internal/cluster/natsd internal/freeport", "github.com/nats-io/jwt/v2 github.com/nats-io/nats-server/v2 github.com/nats-io/nkeys"},
	{"internal/xmpptest", "internal/freeport", ""},
	{"internal/archtest", "", ""},
	{"test/e2e", "", ""},
	{"test/cluster", "", ""},
	{"test/packaging", "", ""},
	{"scripts/testreport", "", ""},
	{"scripts/manpage", "internal/cli", ""},
}

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		i := slices.IndexFunc(layers, func(l layer) bool { return l.name == name })
		if i < 0 {
			t.Errorf("%s is not in the table of %s: give it a line, with as few imports as it needs", name, "internal/archtest/imports_test.go")
			continue
		}
		for _, path := range p.Imports {
			if why := layers[i].forbids(path); why != "" {
				t.Errorf("%s imports %s: %s", name, path, why)
			}
		}
	}
}

// forbids says what is wrong with an import, "" if nothing is.
func (l layer) forbids(path string) string {
	if ours, ok := strings.CutPrefix(path, module); ok {
		if slices.Contains(strings.Fields(l.ours), ours) {
			return ""
		}
		return "of ours it may import only [" + l.ours + "]"
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return "" // the standard library
	}
	for _, m := range strings.Fields(l.others) {
		if path == m || strings.HasPrefix(path, m+"/") {
			return ""
		}
	}
	return "of other modules it may import only [" + l.others + "]"
}

// The table itself goes one way: nothing is allowed an import that stands below it.
func TestTableIsInLayers(t *testing.T) {
	var above []string
	for _, l := range layers {
		for _, ours := range strings.Fields(l.ours) {
			if !slices.Contains(above, ours) {
				t.Errorf("%s may import %s, which does not stand above it in the table", l.name, ours)
			}
		}
		if slices.Contains(above, l.name) {
			t.Errorf("%s stands in the table twice", l.name)
		}
		above = append(above, l.name)
	}
}

func TestForbids(t *testing.T) {
	l := layer{"x", "table internal/jid", "golang.org/x/net"}
	for path, allowed := range map[string]bool{
		"weir/table": true, "weir/internal/jid": true, "fmt": true, "net/http": true, "golang.org/x/net/idna": true, "golang.org/x/net": true,
		"weir/engine": false, "weir/internal": false, "weir/internal/jid/sub": false, "weir/tab": false,
		"golang.org/x/network": false, "golang.org/x/text": false, "github.com/a/b": false,
	} {
		if got := l.forbids(path) == ""; got != allowed {
			t.Errorf("%s: allowed %v", path, got)
		}
	}
}
