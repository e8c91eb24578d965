// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"weir/engine"
	"weir/internal/operator"
	"weir/internal/session"
	"weir/internal/stanza"
)

// families are all there are, in the order in which they are written.
func families(names *Names) []family {
	p := thisProcess()
	return slices.Concat(stanzaFamilies(), streamFamilies(), queueFamilies(), loopFamilies(), neighbourFamilies(), clusterFamilies(), componentFamilies(names), processFamilies(&p))
}

// total is a counter that is added up over the loops.
func total(name, help string, of func(*operator.LoopSample) int64) family {
	return family{name, counter, help, func(s *Sample, v *values) { v.count(s.sum(of)) }}
}

// whole is a gauge that is a whole number.
func whole(name, help string, of func(*Sample) int64) family {
	return family{name, gauge, help, func(s *Sample, v *values) { v.count(of(s)) }}
}

// byKind is a counter of stanzas by what they are.
func byKind(name, help string, of func(*session.Counters) [stanza.Kinds]int64) family {
	return family{name, counter, help, func(s *Sample, v *values) {
		for k := range stanza.Kinds {
			n := s.sum(func(l *operator.LoopSample) int64 { return of(&l.Session)[k] })
			v.count(n, "kind", k.String(), "error", strconv.FormatBool(k.Error()))
		}
	}}
}

// byReason is a counter of events by their word.
func byReason(name, help string, of func(*session.Counters) session.Reasons) family {
	return family{name, counter, help, func(s *Sample, v *values) {
		all := s.reasons(of)
		for _, reason := range slices.Sorted(maps.Keys(all)) {
			v.count(all[reason], "reason", reason)
		}
	}}
}

func stanzaFamilies() []family {
	return []family{
		byKind("weir_stanzas_received_total", "Stanzas read from established streams.",
			func(c *session.Counters) [stanza.Kinds]int64 { return c.Received }),
		byKind("weir_stanzas_forwarded_total", "Stanzas sent on to a component here; some may come back.",
			(*session.Counters).Forwarded),
		total("weir_stanzas_delivered_total", "Stanzas wholly written to their receiver, a component or a server.",
			func(l *operator.LoopSample) int64 { return l.Engine.Delivered }),
		byReason("weir_stanzas_answered_total", "Stanzas answered with an error instead of being delivered, by its condition.",
			func(c *session.Counters) session.Reasons { return c.Refused }),
		total("weir_stanzas_served_total", "Stanzas to a hosted domain, answered by weir itself.",
			func(l *operator.LoopSample) int64 { return l.Session.Served }),
		total("weir_stanzas_dropped_total", "Error and result stanzas that could be neither delivered nor answered.",
			func(l *operator.LoopSample) int64 { return l.Session.Dropped }),
		total("weir_stanzas_early_total", "Stanzas sent before the handshake, thrown away.",
			func(l *operator.LoopSample) int64 { return l.Session.Early }),
		whole("weir_stanzas_parked", "Stanzas that wait for a server, or for a component that may come back.", func(s *Sample) int64 {
			return s.sum(func(l *operator.LoopSample) int64 { return l.Session.Parked })
		}),
		total("weir_answers_lost_total", "Answers of weir whose receiver was gone.",
			func(l *operator.LoopSample) int64 { return l.Session.AnswersLost }),
		total("weir_received_bytes_total", "Bytes read from sockets.",
			func(l *operator.LoopSample) int64 { return l.Engine.BytesIn }),
		total("weir_sent_bytes_total", "Bytes written to sockets.",
			func(l *operator.LoopSample) int64 { return l.Engine.BytesOut }),
	}
}

func streamFamilies() []family {
	return []family{
		total("weir_connections_accepted_total", "Connections accepted.",
			func(l *operator.LoopSample) int64 { return l.Engine.Accepted }),
		{"weir_connections_refused_total", counter, "Connections closed before a stream began, by why.", func(s *Sample, v *values) {
			for _, reason := range slices.Sorted(maps.Keys(s.Connections)) {
				v.count(s.Connections[reason], "reason", reason)
			}
		}},
		total("weir_connections_closed_total", "Connections closed, whoever began.",
			func(l *operator.LoopSample) int64 { return l.Engine.Closed }),
		total("weir_connections_stalled_total", "Connections closed because the peer took nothing for engine.stall_timeout.",
			func(l *operator.LoopSample) int64 { return l.Engine.Stalled }),
		total("weir_accept_errors_total", "Times that accepting failed, mostly for want of descriptors.",
			func(l *operator.LoopSample) int64 { return l.Engine.AcceptErrors }),
		{"weir_listener_connections", gauge, "Connections there are, by listener.", func(s *Sample, v *values) {
			for _, l := range s.Listeners {
				v.count(int64(l.Connections), "listener", l.Name)
			}
		}},
		{"weir_listener_connections_limit", gauge, "How many there may be, by listener; none where there is no limit.", func(s *Sample, v *values) {
			for _, l := range s.Listeners {
				if l.Max > 0 {
					v.count(int64(l.Max), "listener", l.Name)
				}
			}
		}},
		total("weir_streams_opened_total", "Streams begun.",
			func(l *operator.LoopSample) int64 { return l.Session.Opened }),
		total("weir_handshakes_total", "Components that proved themselves and were given their name.",
			func(l *operator.LoopSample) int64 { return l.Session.Established }),
		total("weir_auth_failures_total", "Streams refused for a wrong handshake.",
			func(l *operator.LoopSample) int64 { return l.Session.AuthFailed }),
		total("weir_conflicts_total", "Streams refused because their name was taken.",
			func(l *operator.LoopSample) int64 { return l.Session.Conflicts }),
		total("weir_kicks_total", "Streams replaced by a newcomer with their name.",
			func(l *operator.LoopSample) int64 { return l.Session.Kicked }),
		total("weir_negotiation_timeouts_total", "Streams that were not established in time.",
			func(l *operator.LoopSample) int64 { return l.Session.TimedOut }),
		total("weir_stream_errors_total", "Streams ended by an error of weir's for what the peer had sent.",
			func(l *operator.LoopSample) int64 { return l.Session.Failed }),
		byReason("weir_streams_ended_total", "Streams ended, by what ended them.",
			func(c *session.Counters) session.Reasons { return c.Ended }),
		whole("weir_streams", "Established streams.", func(s *Sample) int64 { return int64(len(s.Components)) }),
		whole("weir_component_names", "Names in the component table.", func(s *Sample) int64 { return int64(s.Names) }),
	}
}

func queueFamilies() []family {
	return []family{
		whole("weir_queue_bytes", "Bytes that wait for components.", func(s *Sample) int64 { all, _ := s.Queued(); return all }),
		whole("weir_queue_largest_bytes", "Bytes that wait for the component for which most waits.", func(s *Sample) int64 { _, most := s.Queued(); return most }),
		{"weir_queue_behind_seconds", gauge, "For how long the component has not kept up that has been behind longest.", func(s *Sample, v *values) {
			v.put(s.Behind().Seconds())
		}},
		whole("weir_parked_bytes", "Memory of the parked stanzas.", func(s *Sample) int64 { return s.ParkedBytes }),
		{"weir_parked_oldest_seconds", gauge, "For how long the parked stanza has waited that waits longest.", func(s *Sample, v *values) {
			v.put(s.OldestParked.Seconds())
		}},
		whole("weir_outbox_memory_bytes", "Memory of all queues.", func(s *Sample) int64 { return s.OutboxBytes }),
		whole("weir_outbox_memory_limit_bytes", "What engine.outbox_budget_bytes allows.", func(s *Sample) int64 { return s.OutboxBudget }),
		whole("weir_input_memory_bytes", "Memory of unfinished stanzas.", func(s *Sample) int64 {
			return s.sum(func(l *operator.LoopSample) int64 { return l.InputBytes })
		}),
		whole("weir_input_memory_limit_bytes", "What engine.input_budget_bytes allows.", func(s *Sample) int64 { return s.InputBudget }),
		total("weir_input_evictions_total", "Streams ended because unfinished stanzas held too much memory.",
			func(l *operator.LoopSample) int64 { return l.Session.InputEvicted }),
		total("weir_sources_held_total", "Times that a sender was held for a receiver that was behind.",
			func(l *operator.LoopSample) int64 { return l.Session.Held }),
		{"weir_shaper_delay_seconds_total", counter, "Time for which streams were not read because of their shaper.", func(s *Sample, v *values) {
			v.put(seconds(s.sum(func(l *operator.LoopSample) int64 { return l.Session.ShaperDelay })))
		}},
	}
}

func loopFamilies() []family {
	byLoop := func(name, kind, help string, of func(*operator.LoopSample) int64) family {
		return family{name, kind, help, func(s *Sample, v *values) {
			for i := range s.Loops {
				v.put(seconds(of(&s.Loops[i])), "loop", strconv.Itoa(s.Loops[i].ID))
			}
		}}
	}
	return []family{
		{"weir_loop_connections", gauge, "Connections that live on a loop.", func(s *Sample, v *values) {
			for i := range s.Loops {
				v.count(int64(s.Loops[i].Connections), "loop", strconv.Itoa(s.Loops[i].ID))
			}
		}},
		byLoop("weir_loop_busy_seconds_total", counter, "Time a loop was at work; its rate is the loop's utilisation.",
			func(l *operator.LoopSample) int64 { return l.Engine.Busy }),
		{"weir_loop_batch_seconds", histogram, "How long a loop took for a batch: what came last in it had to wait so long.", func(s *Sample, v *values) {
			for i := range s.Loops {
				l := &s.Loops[i]
				v.distribute(distribution{l.Engine.Batches[:], engine.BatchBound, time.Duration(l.Engine.Busy)}, "loop", strconv.Itoa(l.ID))
			}
		}},
		byLoop("weir_loop_lag_seconds", gauge, "How long a loop took to answer this scrape.",
			func(l *operator.LoopSample) int64 { return l.Lag.Nanoseconds() }),
		total("weir_panics_total", "Faults of weir's own that closed a connection.",
			func(l *operator.LoopSample) int64 { return l.Engine.Panics }),
	}
}

func neighbourFamilies() []family {
	return []family{
		{"weir_tls_certificate_expiry_timestamp_seconds", gauge, "When a listener's certificate ends, in seconds since 1970.", func(s *Sample, v *values) {
			for _, c := range s.Certificates {
				v.count(c.Expires.Unix(), "listener", c.Listener, "file", c.File)
			}
		}},
		{"weir_tls_handshakes_total", counter, "TLS handshakes of components, by what became of them.", func(s *Sample, v *values) {
			h := &s.Handshakes
			for _, o := range []struct {
				outcome string
				n       int64
			}{{"made", h.Made}, {"failed", h.Failed}, {"late", h.Late}, {"evicted", h.Evicted}, {"full", h.Full}} {
				v.count(o.n, "outcome", o.outcome)
			}
		}},
		whole("weir_tls_handshakes", "TLS handshakes under way.", func(s *Sample) int64 { return int64(s.Handshakes.Started + s.Handshakes.Queued) }),
		byServer("weir_upstream_links_opened_total", "Links to a server that came up, for the first time or again.", func(s *Server) int64 { return s.Opened }),
		byServer("weir_upstream_links_broken_total", "Links that were up and ended though they were wanted; they are opened anew.", func(s *Server) int64 { return s.Broken }),
		byServer("weir_upstream_links_faulted_total", "Of the broken links those that weir has ended for what the server sent.", func(s *Server) int64 { return s.Faulted }),
		byServer("weir_upstream_links_refused_total", "Links that the server has refused.", func(s *Server) int64 { return s.Refused }),
		byServer("weir_upstream_connect_failures_total", "Tries to open a link that failed because the server was not to be had.", func(s *Server) int64 { return s.Failed }),
		{"weir_upstream_links", gauge, "Links to the servers behind weir, by server and state.", func(s *Sample, v *values) {
			type key struct{ upstream, state string }
			all := map[key]int64{}
			for _, l := range s.Links {
				all[key{l.Upstream, l.State}]++
			}
			order := slices.SortedFunc(maps.Keys(all), func(a, b key) int {
				return cmp.Or(cmp.Compare(a.upstream, b.upstream), cmp.Compare(a.state, b.state))
			})
			for _, k := range order {
				v.count(all[k], "upstream", k.upstream, "state", k.state)
			}
		}},
	}
}

// byServer is a counter of what became of the links to each server.
func byServer(name, help string, of func(*Server) int64) family {
	return family{name, counter, help, func(s *Sample, v *values) {
		for i := range s.Servers {
			v.count(of(&s.Servers[i]), "upstream", s.Servers[i].Upstream)
		}
	}}
}

// componentFamilies are the only ones of which peers decide how many values
// there are; Names bounds them.
func componentFamilies(names *Names) []family {
	by := func(name, kind, help string, of func(*named) int64) family {
		return family{name, kind, help, func(_ *Sample, v *values) {
			names.each(func(component string, n *named) { v.count(of(n), "component", component) })
		}}
	}
	return []family{
		by("weir_component_stanzas_received_total", counter, "Stanzas read from a component.", func(n *named) int64 { return n.unitsIn }),
		by("weir_component_stanzas_delivered_total", counter, "Stanzas of others written to a component.", func(n *named) int64 { return n.unitsOut }),
		by("weir_component_received_bytes_total", counter, "Bytes read from a component.", func(n *named) int64 { return n.bytesIn }),
		by("weir_component_sent_bytes_total", counter, "Bytes written to a component.", func(n *named) int64 { return n.bytesOut }),
		by("weir_component_queue_bytes", gauge, "Bytes that wait for a component.", func(n *named) int64 { return n.queued }),
		{"weir_component_behind_seconds", gauge, "For how long a component has not kept up with what waits for it.", func(_ *Sample, v *values) {
			names.each(func(component string, n *named) { v.put(n.behind.Seconds(), "component", component) })
		}},
		by("weir_component_streams", gauge, "Streams that a component has.", func(n *named) int64 { return n.streams }),
	}
}

func processFamilies(p *process) []family {
	return []family{
		{"weir_process_cpu_seconds_total", counter, "Processor time used.", func(_ *Sample, v *values) { v.put(p.cpu.Seconds()) }},
		whole("weir_process_resident_memory_bytes", "Memory in use, as the kernel counts it.", func(*Sample) int64 { return p.resident }),
		whole("weir_process_heap_bytes", "Memory of Go objects, those included that nobody needs any more.", func(*Sample) int64 { return p.heap }),
		whole("weir_process_open_fds", "Open descriptors.", func(*Sample) int64 { return p.files }),
		whole("weir_process_max_fds", "How many there may be.", func(*Sample) int64 { return p.filesMax }),
		whole("weir_goroutines", "Goroutines.", func(*Sample) int64 { return p.goroutines }),
		{"weir_log_lines_lost_total", counter, "Lines that the log lost: they could not be written, or not fast enough.", func(s *Sample, v *values) { v.count(s.LogLost) }},
		{"weir_log_lines_omitted_total", counter, "Lines left out of the log because too many were alike.", func(s *Sample, v *values) { v.count(s.LogOmitted) }},
		whole("weir_start_time_seconds", "When weir started, in seconds since 1970.", func(s *Sample) int64 { return s.Started.Unix() }),
		whole("weir_ready", "1 while weir takes components, 0 when it is leaving.", func(s *Sample) int64 {
			if s.Ready {
				return 1
			}
			return 0
		}),
		{"weir_build_info", gauge, "Always 1; what runs is in the labels.", func(s *Sample, v *values) {
			v.count(1, "version", s.Version, "commit", s.Commit, "go", s.Go, "driver", s.Driver)
		}},
	}
}

// seconds of nanoseconds.
func seconds(ns int64) float64 { return float64(ns) / 1e9 }
