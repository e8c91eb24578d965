// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"

	"weir/bench"
)

func (d drawer) throughput() section {
	s := section{Title: "Throughput", Text: "Stanzas a second with full windows; longer is better. Beside it the server's processor seconds for a million stanzas."}
	for _, title := range d.titles("forward", "soak") {
		s.Bars = append(s.Bars, d.bars(title, "stanzas/s", perSecond, func(r *bench.Result) string {
			if r.ServerUse == nil {
				return ""
			}
			return fmt.Sprintf("%.3g CPU s/M", d.median(title, r.Server, perMillion))
		}))
	}
	return s
}

func (d drawer) connects() section {
	s := section{Title: "Connecting", Text: "Connections a second from connect to closed; longer is better."}
	for _, title := range d.titles("connect") {
		s.Bars = append(s.Bars, d.bars(title, "connections/s", perSecond, func(r *bench.Result) string {
			return "p99 " + duration(d.median(title, r.Server, p99))
		}))
	}
	return s
}

func (d drawer) memory() section {
	s := section{Title: "Memory", Text: "Resident memory of the server for each idle connection; shorter is better."}
	for _, title := range d.titles("idle") {
		b := d.bars(title, "KiB a connection", func(r *bench.Result) float64 {
			if r.Idle == nil {
				return 0
			}
			return max(0, r.Idle.PerConn/1024)
		}, func(r *bench.Result) string { return "" })
		s.Bars = append(s.Bars, b)
	}
	return s
}

func (d drawer) curves() section {
	s := section{Title: "Latency by percentile", Text: "How long the slowest stanzas took; lower is better. On schedule, counted from the time a stanza was meant to be sent. Of two rounds, the slower."}
	for _, title := range d.titles("latency") {
		var all []series
		for i, server := range d.set.Servers {
			r := d.middle(title, server.Name, p99)
			if r == nil || r.Latency == nil {
				continue
			}
			one := series{server: server.Name, colour: i % colours}
			for _, step := range r.Latency.Curve {
				one.x = append(one.x, nines(step.Percentile))
				one.y = append(one.y, float64(step.Value))
			}
			all = append(all, one)
		}
		if lo, hi := extent(all, func(s series) []float64 { return s.y }); hi > 0 {
			l := &lines{Title: title, Name: "latency by percentile", XUnit: "percentile", YUnit: "latency"}
			l.draw(percentileAxis(), logAxis(lo, hi, duration), all)
			s.Lines = append(s.Lines, l)
		}
	}
	return s
}

// rates draws the 99th percentile against the rate of the schedule.
func (d drawer) rates() section {
	s := section{Title: "Latency by rate", Text: "The 99th percentile at a steady rate; lower and further right is better. A line ends where the server carries no more."}
	var all []series
	for i, server := range d.set.Servers {
		one := series{server: server.Name, colour: i % colours}
		for _, title := range d.titles("latency") {
			r := d.middle(title, server.Name, p99)
			if r == nil || r.Latency == nil || r.Params.Rate == 0 {
				continue
			}
			one.x = append(one.x, r.Params.Rate)
			late := d.median(title, server.Name, p99)
			one.y = append(one.y, late)
			one.text = append(one.text, fmt.Sprintf("%s at %s/s: p99 %s", server.Name, amount(r.Params.Rate), duration(late)))
		}
		if len(one.x) > 0 {
			all = append(all, one)
		}
	}
	lo, hi := extent(all, func(s series) []float64 { return s.x })
	if lo == hi {
		return s
	}
	l := &lines{Title: "99th percentile", Name: "99th percentile of latency by rate", XUnit: "stanzas/s", YUnit: "p99"}
	ylo, yhi := extent(all, func(s series) []float64 { return s.y })
	l.draw(logAxis(lo, hi, amount), logAxis(ylo, yhi, duration), all)
	s.Lines = []*lines{l}
	return s
}
