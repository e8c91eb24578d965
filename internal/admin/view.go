// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"weir/internal/metrics"
	"weir/internal/operator"
	"weir/internal/session"
)

// failure is the answer to what could not be done.
type failure struct {
	Error string `json:"error"`
}

// Status is how weir stands, as /api/v1/status answers and the page is sent.
// Counters count from the start.
type Status struct {
	At        time.Time `json:"at"`
	Version   string    `json:"version"`
	Commit    string    `json:"commit"`
	Go        string    `json:"go"`
	Driver    string    `json:"driver"`
	Started   time.Time `json:"started"`
	Ready     bool      `json:"ready"`
	Streams   int       `json:"streams"`
	Names     int       `json:"names"`
	Links     int       `json:"links"`
	LinksUp   int       `json:"links_up"`
	Behind    int       `json:"components_behind"`    // that do not keep up
	LinksAway int       `json:"links_away,omitempty"` // of a cluster: that other nodes hold
	Cluster   *Cluster  `json:"cluster,omitempty"`
	Stanzas   Stanzas   `json:"stanzas"`
	BytesIn   int64     `json:"bytes_in"`
	BytesOut  int64     `json:"bytes_out"`
	Queued    int64     `json:"queued_bytes"`
	QueuedTop int64     `json:"queued_largest_bytes"`

	Limits    []Limit    `json:"limits"`
	Loops     []Loop     `json:"loops"`
	Listeners []Listener `json:"listeners"`
	Servers   []Upstream `json:"servers"`
	Refused   []Count    `json:"refused"` // stanzas, by the condition of the answer
	Ended     []Count    `json:"ended"`   // streams, by what ended them
	Events    []Count    `json:"events"`
	Refusals  []Refusal  `json:"recent_refusals"` // of connections and streams, newest first

	Certificates []Certificate `json:"certificates"`
}

// Certificate is one that a listener shows.
type Certificate struct {
	Listener string    `json:"listener"`
	File     string    `json:"file"`
	Expires  time.Time `json:"expires"`
}

// Refusal is one who was not let in, or was shown the door.
type Refusal struct {
	At        time.Time `json:"at"`
	Reason    string    `json:"reason"`
	Listener  string    `json:"listener"`
	Peer      string    `json:"peer,omitempty"`
	Component string    `json:"component,omitempty"`
}

// Stanzas are what became of them.
type Stanzas struct {
	Received  int64 `json:"received"`
	Delivered int64 `json:"delivered"`
	Answered  int64 `json:"answered"`
	Served    int64 `json:"served"`
	Dropped   int64 `json:"dropped"`
	Parked    int64 `json:"parked"`
}

// Limit is a budget and what of it is used.
type Limit struct {
	Name string `json:"name"`
	Used int64  `json:"used"`
	Max  int64  `json:"max"`
}

// Loop is one event loop.
type Loop struct {
	ID    int     `json:"id"`
	Busy  float64 `json:"busy_seconds"`
	LagMS float64 `json:"lag_ms"`
}

// Listener is one door.
type Listener struct {
	Name        string `json:"name"`
	Connections int    `json:"connections"`
	Max         int    `json:"max"` // 0: no limit
}

// Upstream is one server behind weir, over all components' links to it.
type Upstream struct {
	Name    string `json:"name"`
	Links   int    `json:"links"`
	Up      int    `json:"up"`
	Away    int    `json:"away,omitempty"`    // of a cluster: that other nodes hold, and which are not in links
	Trouble string `json:"trouble,omitempty"` // of a link that is not up: why the server cannot be reached, or its refusal
}

// Count is how often something happened.
type Count struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Component is one component's stream.
type Component struct {
	ID        uint64   `json:"id"`
	Name      string   `json:"name"`
	Names     []string `json:"names"`
	Subdomain bool     `json:"subdomain"`
	Hidden    bool     `json:"hidden"`
	Listener  string   `json:"listener"`
	Peer      string   `json:"peer,omitempty"`
	Loop      int      `json:"loop"`
	Held      []string `json:"held"` // why it is not read now
	In        uint32   `json:"stanzas_in"`
	Out       uint32   `json:"stanzas_out"`
	BytesIn   int64    `json:"bytes_in"`
	BytesOut  int64    `json:"bytes_out"`
	Queued    int      `json:"queued_bytes"`
	Behind    float64  `json:"behind_seconds"` // for how long it has not kept up; 0: it does
}

// Cluster is this node among others.
type Cluster struct {
	Node      string  `json:"node"`
	Valid     bool    `json:"lease_valid"`
	LeaseLeft float64 `json:"lease_left_seconds"`
	Names     int     `json:"remote_names"`
	Claims    int     `json:"claims"`
	Sent      int64   `json:"stanzas_sent"`
	Received  int64   `json:"stanzas_received"`
	Unknown   int64   `json:"stanzas_unknown"`
	Nodes     []Node  `json:"nodes"`
}

// Node is one node of it.
type Node struct {
	Name   string `json:"name"`
	Self   bool   `json:"self"`
	Behind bool   `json:"behind"`
	Away   bool   `json:"away"`
	Queued int64  `json:"queued_bytes"`
}

func clusterOf(s *metrics.Sample) *Cluster {
	c := s.Cluster
	if c == nil {
		return nil
	}
	v := &Cluster{Node: c.Node, Valid: c.Valid, LeaseLeft: c.LeaseLeft.Seconds(), Names: c.Names, Claims: c.Claims,
		Sent: c.StanzasSent, Received: c.StanzasReceived, Unknown: c.Unknown, Nodes: []Node{}}
	for _, n := range c.Nodes {
		v.Nodes = append(v.Nodes, Node(n))
	}
	return v
}

// Link is one component's link to a server.
type Link struct {
	Component string    `json:"component"`
	Upstream  string    `json:"upstream"`
	State     string    `json:"state"`
	Since     time.Time `json:"since,omitzero"`
	HeldBy    string    `json:"held_by,omitempty"` // the node that holds it, if that is another one
	Refused   string    `json:"refused,omitempty"`
	Problem   string    `json:"problem,omitempty"`
	Parked    int       `json:"parked"`
}

func statusOf(s *metrics.Sample, commit string) Status {
	st := Status{
		At: time.Now(), Version: s.Version, Commit: commit, Go: s.Go, Driver: s.Driver, Started: s.Started, Ready: s.Ready,
		Streams: len(s.Components), Names: s.Names, Links: len(s.Links), Cluster: clusterOf(s),
		Listeners: []Listener{}, Refused: []Count{}, Ended: []Count{}, Refusals: refusalsOf(s),
		Certificates: []Certificate{},
	}
	for _, c := range s.Certificates {
		st.Certificates = append(st.Certificates, Certificate(c))
	}
	var c session.Counters
	var input int64
	refused, ended := map[string]int64{}, map[string]int64{}
	for i := range s.Loops {
		l := &s.Loops[i]
		st.Loops = append(st.Loops, Loop{l.ID, float64(l.Engine.Busy) / 1e9, float64(l.Lag.Microseconds()) / 1000})
		st.BytesIn += l.Engine.BytesIn
		st.BytesOut += l.Engine.BytesOut
		st.Stanzas.add(l)
		input += l.InputBytes
		c.AuthFailed += l.Session.AuthFailed
		c.Conflicts += l.Session.Conflicts
		c.Kicked += l.Session.Kicked
		c.TimedOut += l.Session.TimedOut
		c.Held += l.Session.Held
		c.Established += l.Session.Established
		addTo(refused, l.Session.Refused)
		addTo(ended, l.Session.Ended)
	}
	st.Servers = serversOf(s)
	for i := range st.Servers {
		st.LinksUp += st.Servers[i].Up
		st.LinksAway += st.Servers[i].Away
	}
	for i := range s.Components {
		if s.Components[i].Behind > 0 {
			st.Behind++
		}
	}
	for _, l := range s.Listeners {
		st.Listeners = append(st.Listeners, Listener(l))
	}
	st.Queued, st.QueuedTop = s.Queued()
	st.Limits = []Limit{{"queues, bytes", s.OutboxBytes, s.OutboxBudget}, {"unfinished stanzas, bytes", input, s.InputBudget}}
	st.Refused, st.Ended = counts(refused), counts(ended)
	st.Events = []Count{
		{"handshakes", c.Established}, {"authentication failures", c.AuthFailed}, {"conflicts", c.Conflicts},
		{"replaced", c.Kicked}, {"negotiation timeouts", c.TimedOut}, {"senders held", c.Held},
	}
	return st
}

// serversOf are the servers, in the order of the configuration.
func serversOf(s *metrics.Sample) []Upstream {
	all, at := []Upstream{}, map[string]int{}
	of := func(name string) *Upstream {
		i, ok := at[name]
		if !ok {
			i, at[name] = len(all), len(all)
			all = append(all, Upstream{Name: name})
		}
		return &all[i]
	}
	for i := range s.Servers {
		of(s.Servers[i].Upstream)
	}
	for i := range s.Links {
		l := &s.Links[i]
		v := of(l.Upstream) // one that a reload has taken away may have links yet
		if l.HeldBy != "" {
			v.Away++
			continue
		}
		v.Links++
		switch {
		case l.State == linkUp:
			v.Up++
		case v.Trouble == "":
			v.Trouble = cmp.Or(l.Problem, l.Refused)
		}
	}
	return all
}

// linkUp is the state of a link that works.
const linkUp = "up"

func (t *Stanzas) add(l *operator.LoopSample) {
	t.Received += l.Session.Accepted
	t.Delivered += l.Engine.Delivered
	t.Answered += l.Session.Answered
	t.Served += l.Session.Served
	t.Dropped += l.Session.Dropped
	t.Parked += l.Session.Parked
}

func refusalsOf(s *metrics.Sample) []Refusal {
	all := make([]Refusal, 0, len(s.Refusals))
	for _, e := range s.Refusals {
		r := Refusal{At: e.At, Reason: e.Reason, Listener: e.Listener, Component: e.Component}
		if e.Peer.IsValid() {
			r.Peer = e.Peer.String()
		}
		all = append(all, r)
	}
	return all
}

func addTo(all map[string]int64, some map[string]int64) {
	for reason, n := range some {
		all[reason] += n
	}
}

func counts(m map[string]int64) []Count {
	all := []Count{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, Count{name, m[name]})
	}
	return all
}

// componentsOf are the components, by name.
func componentsOf(s *metrics.Sample) []Component {
	all := make([]Component, 0, len(s.Components))
	for i := range s.Components {
		c := &s.Components[i]
		held := c.Held
		if held == nil {
			held = []string{}
		}
		one := Component{
			ID: c.ID, Name: c.Name, Names: c.Names, Subdomain: c.Subdomain, Hidden: c.Hidden, Listener: c.Listener, Loop: c.Loop,
			Held: held, In: c.UnitsIn, Out: c.UnitsOut, BytesIn: c.BytesIn, BytesOut: c.BytesOut, Queued: c.Queued,
			Behind: c.Behind.Seconds(),
		}
		if c.Peer.IsValid() {
			one.Peer = c.Peer.String()
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Component) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all
}

// linksOf are the links, by component and server.
func linksOf(s *metrics.Sample) []Link {
	all := make([]Link, 0, len(s.Links))
	for _, l := range s.Links {
		all = append(all, Link{l.Component, l.Upstream, l.State, l.Since, l.HeldBy, l.Refused, l.Problem, l.Parked})
	}
	return all
}
