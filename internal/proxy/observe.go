// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"runtime"
	"time"

	"weir/engine"
	"weir/internal/jid"
	"weir/internal/metrics"
	"weir/internal/operator"
	"weir/internal/tap"
)

// aliveTimeout is how long a loop may take to answer before it counts as stuck:
// a batch is over in milliseconds, whatever the load.
const aliveTimeout = 2 * time.Second

// Ready says whether components are taken: not while weir is leaving, nor while it
// cannot give them names in its cluster.
func (p *Proxy) Ready() bool {
	return !p.leaving.Load() && (p.cluster == nil || p.cluster.Ready())
}

// Alive says whether every loop answers. At the very end none needs to.
func (p *Proxy) Alive() bool {
	late := time.After(aliveTimeout)
	for _, l := range p.engine.Loops() {
		answered := make(chan struct{})
		l.Post(func() { close(answered) })
		select {
		case <-answered:
		case <-p.ending:
			return true
		case <-late:
			return false
		}
	}
	return true
}

// Offload has f run away from the loops, or returns engine.ErrBusy.
func (p *Proxy) Offload(f func()) error { return p.offload.Do(f) }

// Sample reads what the proxy has counted. It waits for the loops and computes,
// so it belongs into Offload. peers asks for addresses, too.
func (p *Proxy) Sample(peers bool) *metrics.Sample {
	s := &metrics.Sample{
		Version: p.version, Go: runtime.Version(), Driver: p.driver,
		Started: p.started, Ready: p.Ready(),
		Components:  operator.Survey(p.hub, peers),
		Loops:       operator.SampleLoops(p.engine),
		Names:       p.hub.Table.Len(),
		OutboxBytes: engine.OutboxBytes(),
	}
	s.Handshakes = p.handshakes.Count()
	s.Connections, s.Refusals = p.hub.Refusals.Connections(), p.hub.Refusals.Recent()
	s.Cluster = p.clusterSample()
	p.mu.Lock()
	defer p.mu.Unlock()
	s.OutboxBudget, s.InputBudget = int64(p.cfg.Engine.OutboxBudget), int64(p.cfg.Engine.InputBudget)
	for _, d := range p.doors {
		s.Listeners = append(s.Listeners, metrics.Listener{
			Name: d.listen.Addr().String(), Connections: d.limit.Taken(), Max: d.limit.Max(),
		})
	}
	for i := range p.cfg.Listeners {
		l := &p.cfg.Listeners[i]
		if l.TLS == nil || l.TLS.Server == nil {
			continue
		}
		for _, e := range l.TLS.Server.Expiries {
			s.Certificates = append(s.Certificates, metrics.Certificate{Listener: l.Name, File: e.File, Expires: e.At})
		}
	}
	s.ParkedBytes = p.upstreams.ParkedBytes()
	s.OldestParked = p.upstreams.Oldest()
	for _, u := range p.upstreams.Servers() {
		s.Servers = append(s.Servers, metrics.Server(u))
	}
	for _, l := range p.upstreams.Status() {
		s.Links = append(s.Links, metrics.Link{
			Component: l.Component, Upstream: l.Upstream, State: l.State, Since: l.Since, Refused: l.Refused,
			HeldBy: l.HeldBy, Problem: l.Problem, Parked: l.ParkedUp,
		})
	}
	return s
}

// Kick ends the streams that serve a name at once, Drain as a shutdown does.
// They return how many there were, and wait for the loops.
func (p *Proxy) Kick(name string) int  { return operator.Kick(p.hub, normal(name)) }
func (p *Proxy) Drain(name string) int { return operator.Drain(p.hub, normal(name)) }

// normal is a name as the table has it; what is no name nobody has.
func normal(name string) string {
	b, err := jid.NormalizeDomain(nil, []byte(name))
	if err != nil {
		return ""
	}
	return string(b)
}

// Tap begins a trace of a component. It waits for the loops.
func (p *Proxy) Tap(name string) (*tap.Tap, error) { return p.hub.Tap(name) }

// Explain says what would become of a message.
func (p *Proxy) Explain(from, to string) (operator.Explanation, error) {
	return operator.Explain(p.hub, from, to)
}
