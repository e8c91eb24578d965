// SPDX-License-Identifier: Apache-2.0

package router

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/wire"
	"weir/table"
)

// world is what the questions below are asked about.
type world struct {
	modules    []string
	hosts      []string
	added      []string
	upstreams  []UpstreamDomains
	components []string
}

func (w world) router(t testing.TB) *Router {
	t.Helper()
	tab := table.New()
	for i, name := range w.components {
		_, err := tab.Register(table.Request{Names: []string{name}, Instance: &table.Instance{ID: uint64(i)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := New(Config{Modules: w.modules, Hosts: w.hosts, AddedHosts: w.added, Upstreams: w.upstreams}, tab)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answer writes a target as the rows below do: where to, and with what it would be bounced.
func (w world) answer(r *Router, t Target) string {
	to := t.Kind.String()
	switch t.Kind {
	case Component:
		to += " " + t.Name.Text
	case Host:
		to += " " + t.Host
	case Upstream:
		to += " " + w.upstreams[t.Upstream].Name
	}
	switch e := r.Bounce(t); e {
	case wire.ServiceUnavailable:
		to += ", else service-unavailable"
	case wire.RemoteServerNotFound:
		to += ", else remote-server-not-found"
	default:
		to += fmt.Sprintf(", else %v", e)
	}
	return to
}

func modules(short ...string) []string {
	all := map[string]string{
		"global": global, "local": localdomain, "localnode": externalLocalnode, "external": external,
		"dynamic": dynamicDomains, "s2s": s2s,
	}
	list := []string{}
	for _, s := range short {
		list = append(list, all[s])
	}
	return list
}

// One world, one row for each kind of name.
func TestResolveInTheDefaultOrder(t *testing.T) {
	w := world{
		hosts:      []string{"example.org", "example.com", "localhost", "served.net"},
		added:      []string{"added.net", "taken.net"},
		upstreams:  []UpstreamDomains{{"one", []string{"example.com", "deep.example.org"}}, {"two", []string{"far.net", "muc.deep.example.org", "served.net"}}},
		components: []string{"bot.example.org", "bot.net", "example.org", "taken.net", "sub.far.net", "chat.example.com"},
	}
	r := w.router(t)
	for domain, want := range map[string]string{
		"bot.example.org": "component bot.example.org, else service-unavailable",
		"bot.net":         "component bot.net, else remote-server-not-found",
		"sub.far.net":     "component sub.far.net, else remote-server-not-found",

		// A host is served by the upstream that lists it, else by ourselves, and before any component.
		"localhost":   "host localhost, else service-unavailable",
		"example.org": "host example.org, else service-unavailable",
		"example.com": "upstream one, else service-unavailable",
		"served.net":  "upstream two, else service-unavailable",

		// A host that was added later comes behind the components that are there already.
		"added.net": "host added.net, else service-unavailable",
		"taken.net": "component taken.net, else service-unavailable",

		// Upstreams serve what lies under their domains; the longest entry wins.
		"muc.example.com":        "upstream one, else service-unavailable",
		"chat.example.com":       "component chat.example.com, else service-unavailable",
		"deep.example.org":       "upstream one, else service-unavailable",
		"x.deep.example.org":     "upstream one, else service-unavailable",
		"muc.deep.example.org":   "upstream two, else service-unavailable",
		"a.muc.deep.example.org": "upstream two, else service-unavailable",
		"far.net":                "upstream two, else remote-server-not-found",
		"a.b.far.net":            "upstream two, else remote-server-not-found",

		// Nowhere: whole labels decide what is hosted.
		"nobody.example.org":    "nowhere, else service-unavailable",
		"a.b.c.example.org":     "nowhere, else service-unavailable",
		"x.added.net":           "nowhere, else service-unavailable",
		"sub.bot.example.org":   "nowhere, else service-unavailable",
		"xexample.org":          "nowhere, else remote-server-not-found",
		"example.org.evil":      "nowhere, else remote-server-not-found",
		"xfar.net":              "nowhere, else remote-server-not-found",
		"org":                   "nowhere, else remote-server-not-found",
		"":                      "nowhere, else remote-server-not-found",
		".":                     "nowhere, else remote-server-not-found",
		"sub.bot.net":           "nowhere, else remote-server-not-found",
		strings.Repeat("a", 75): "nowhere, else remote-server-not-found", // as long as "example.org", modulo 64
	} {
		if got := w.answer(r, r.Resolve([]byte(domain))); got != want {
			t.Errorf("%q: %s, want %s", domain, got, want)
		}
	}
}

// One name that everybody could serve, and the order decides.
func TestResolveObeysTheOrder(t *testing.T) {
	w := world{
		hosts:      []string{"here.org"},
		added:      []string{"new.org"},
		upstreams:  []UpstreamDomains{{"up", []string{"up.org", "*"}}},
		components: []string{"here.org", "new.org", "up.org", "bot.org"},
	}
	for _, row := range []struct {
		modules                      string // the order
		hosted, added, upstream, bot string // who serves here.org, new.org, up.org, bot.org
	}{
		{"global local localnode external dynamic s2s", "host", "component", "component", "component"},
		{"local localnode dynamic s2s", "host", "component", "component", "component"},
		{"localnode external local dynamic s2s", "component", "component", "component", "component"}, // supplants
		{"external localnode local", "component", "component", "component", "component"},
		{"global external local localnode dynamic s2s", "host", "component", "component", "component"},
		{"dynamic localnode local s2s", "component", "host", "component", "component"},
		{"s2s localnode local dynamic", "upstream", "upstream", "upstream", "upstream"},
		{"local dynamic s2s localnode", "host", "host", "upstream", "upstream"},

		// A module that is not listed does not act.
		{"global local external dynamic s2s", "host", "host", "upstream", "upstream"}, // no stanza reaches a component
		{"localnode", "component", "component", "component", "component"},
		{"local", "host", "nowhere", "nowhere", "nowhere"},
		{"dynamic", "nowhere", "host", "nowhere", "nowhere"},
		{"s2s", "upstream", "upstream", "upstream", "upstream"},
		{"global", "nowhere", "nowhere", "nowhere", "nowhere"},
		{"external", "nowhere", "nowhere", "nowhere", "nowhere"},
		{"", "nowhere", "nowhere", "nowhere", "nowhere"},
	} {
		w.modules = modules(strings.Fields(row.modules)...)
		r := w.router(t)
		for domain, want := range map[string]string{"here.org": row.hosted, "new.org": row.added, "up.org": row.upstream, "bot.org": row.bot} {
			if got := r.Resolve([]byte(domain)).Kind.String(); got != want {
				t.Errorf("[%s] %s: %s, want %s", row.modules, domain, got, want)
			}
		}
	}
}

func TestDefaultRoute(t *testing.T) {
	w := world{
		hosts:     []string{"here.org"},
		upstreams: []UpstreamDomains{{"one", []string{"one.org"}}, {"rest", []string{"*"}}},
	}
	r := w.router(t)
	for domain, want := range map[string]string{
		"one.org":    "upstream one, else remote-server-not-found",
		"a.one.org":  "upstream one, else remote-server-not-found",
		"else.org":   "upstream rest, else remote-server-not-found",
		"x.here.org": "upstream rest, else service-unavailable",
		"here.org":   "host here.org, else service-unavailable", // "*" does not list it
	} {
		if got := w.answer(r, r.Resolve([]byte(domain))); got != want {
			t.Errorf("%q: %s, want %s", domain, got, want)
		}
	}
}

// A name in general.hosts is a conflict, unless the external routers come before mongoose_router_localdomain.
func TestReserved(t *testing.T) {
	for _, row := range []struct {
		modules     string
		host, added bool
	}{
		{"global local localnode external dynamic s2s", true, true},
		{"global localnode external local dynamic s2s", false, false},
		{"external localnode local", false, false},
		{"localnode local external", true, true}, // one external router before it and one behind
		{"localnode local", false, false},
		{"external local localnode", true, true},
		{"external local", true, true},           // components get no stanza at all
		{"localnode external s2s", false, false}, // nobody else serves hosts
		{"dynamic localnode external local", false, true},
		{"", true, true},
	} {
		w := world{modules: modules(strings.Fields(row.modules)...), hosts: []string{"here.org"}, added: []string{"new.org"}}
		r := w.router(t)
		if got := r.Reserved("here.org"); got != row.host {
			t.Errorf("[%s] a host: reserved %v", row.modules, got)
		}
		if got := r.Reserved("new.org"); got != row.added {
			t.Errorf("[%s] an added host: reserved %v", row.modules, got)
		}
		for _, free := range []string{"bot.here.org", "org", "xhere.org", ""} {
			if r.Reserved(free) {
				t.Errorf("[%s] %q is reserved", row.modules, free)
			}
		}
	}
}

// What is not reserved is reached, and what is reserved would not have been: the two rules must agree.
func TestWhatMayBeRegisteredIsReached(t *testing.T) {
	all := []string{global, localdomain, externalLocalnode, external, dynamicDomains, s2s}
	permute(all, func(order []string) {
		w := world{modules: order, hosts: []string{"here.org"}, added: []string{"new.org"}, components: []string{"here.org", "new.org"}}
		r := w.router(t)
		for _, name := range []string{"here.org", "new.org"} {
			// An s2s in front without a "*" upstream lets everything through.
			if kind := r.Resolve([]byte(name)).Kind; !r.Reserved(name) && kind != Component {
				t.Fatalf("%v: %s may be registered and goes to %v", order, name, kind)
			}
		}
	})
}

func permute(list []string, f func([]string)) {
	if len(list) == 0 {
		f(nil)
		return
	}
	for i := range list {
		rest := append(append([]string{}, list[:i]...), list[i+1:]...)
		permute(rest, func(tail []string) { f(append([]string{list[i]}, tail...)) })
	}
}

func TestNewSaysAllThatIsWrong(t *testing.T) {
	for _, row := range []struct {
		name   string
		config Config
		want   []string
	}{
		{"unknown module", Config{Modules: []string{global, "moongoose_router_global"}}, []string{`unknown routing module "moongoose_router_global"`, localdomain, s2s}},
		{"module twice", Config{Modules: []string{global, s2s, global}}, []string{`"mongoose_router_global" is listed twice`}},
		{"domain of two upstreams", Config{Upstreams: []UpstreamDomains{{"a", []string{"x.org"}}, {"b", []string{"x.org"}}}}, []string{`"x.org" of upstream "b" is listed already by "a"`}},
		{"two default routes", Config{Upstreams: []UpstreamDomains{{"a", []string{"*"}}, {"b", []string{"*"}}}}, []string{`"*" of upstream "b" is listed already by "a"`}},
		{"star inside", Config{Upstreams: []UpstreamDomains{{"a", []string{"*.x.org"}}}}, []string{`"*.x.org" of upstream "a"`}},
		{"several at once", Config{Modules: []string{"x"}, Upstreams: []UpstreamDomains{{"a", []string{"*.y"}}}}, []string{`"x"`, `"*.y"`}},
	} {
		r, err := New(row.config, table.New())
		if err == nil || r != nil {
			t.Errorf("%s: accepted", row.name)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %s", row.name, err, want)
			}
		}
	}
}

func TestModulesDefault(t *testing.T) {
	r, err := New(Config{}, table.New())
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := stepsOf(DefaultModules(), false); fmt.Sprint(r.steps) != fmt.Sprint(want) || len(want) != 4 {
		t.Errorf("steps %v, want %v", r.steps, want)
	}
}
