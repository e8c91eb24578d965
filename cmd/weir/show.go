// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"weir/internal/admin"
)

// refusalsShown is how many of the last refusals people are shown; -json has all.
const refusalsShown = 5

// show reads an answer and has it written in columns.
func show[T any](w io.Writer, answer []byte, write func(w io.Writer, v *T)) error {
	v := new(T)
	if err := json.Unmarshal(answer, v); err != nil {
		return fmt.Errorf("an answer that is not understood, of another version: %w", err)
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	write(columns, v)
	return columns.Flush()
}

func showStatus(w io.Writer, answer []byte) error {
	return show(w, answer, func(w io.Writer, s *admin.Status) {
		state := "ready"
		if !s.Ready {
			state = "leaving"
		}
		fmt.Fprintf(w, "weir\t%s, %s, %s, %s\n", s.Version, s.Commit, s.Driver, s.Go)
		fmt.Fprintf(w, "state\t%s, up %s\n", state, s.At.Sub(s.Started).Round(time.Second))
		fmt.Fprintf(w, "components\t%d streams, %d names\n", s.Streams, s.Names)
		if s.Links > 0 {
			fmt.Fprintf(w, "upstream links\t%d, %d of them up%s\n", s.Links, s.LinksUp, linksAway(s.LinksAway))
		}
		for i := range s.Servers {
			showServer(w, &s.Servers[i])
		}
		if c := s.Cluster; c != nil {
			showCluster(w, c)
		}
		t := s.Stanzas
		fmt.Fprintf(w, "stanzas\t%d received, %d delivered, %d answered, %d served, %d dropped, %d parked\n",
			t.Received, t.Delivered, t.Answered, t.Served, t.Dropped, t.Parked)
		fmt.Fprintf(w, "bytes\t%s in, %s out\n", size(s.BytesIn), size(s.BytesOut))
		fmt.Fprintf(w, "queued\t%s, %s of it for one\n", size(s.Queued), size(s.QueuedTop))
		for _, l := range s.Limits {
			if name, ok := strings.CutSuffix(l.Name, ", bytes"); ok {
				fmt.Fprintf(w, "limit\t%s: %s of %s\n", name, size(l.Used), size(l.Max))
				continue
			}
			fmt.Fprintf(w, "limit\t%s: %d of %d\n", l.Name, l.Used, l.Max)
		}
		for _, l := range s.Listeners {
			fmt.Fprintf(w, "listener\t%s: %d connections%s\n", l.Name, l.Connections, ofMax(l.Max))
		}
		for _, l := range s.Loops {
			fmt.Fprintf(w, "loop\t%d: busy %.1f s, answers in %.1f ms\n", l.ID, l.Busy, l.LagMS)
		}
		showCounts(w, "refused", s.Refused)
		showCounts(w, "ended", s.Ended)
		showCounts(w, "event", s.Events)
		for _, c := range s.Certificates {
			fmt.Fprintf(w, "certificate\t%s, %s: %d days left\n", c.File, c.Listener, int(c.Expires.Sub(s.At).Hours()/24))
		}
		for _, r := range s.Refusals[:min(len(s.Refusals), refusalsShown)] {
			fmt.Fprintf(w, "refusal\t%s ago: %s %s\n", s.At.Sub(r.At).Round(time.Second), r.Reason,
				printable(strings.Join([]string{r.Component, r.Peer, "at", r.Listener}, " ")))
		}
	})
}

// linksAway tells of links that other nodes hold.
func linksAway(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d held by other nodes", n)
}

// size is a number of bytes as people read it.
func size(n int64) string {
	f, unit := float64(n), 0
	for f >= 1024 && unit < len(units)-1 {
		f, unit = f/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.4g %s", f, units[unit])
}

var units = []string{"B", "KiB", "MiB", "GiB", "TiB"}

func ofMax(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" of %d", n)
}

func showServer(w io.Writer, v *admin.Upstream) {
	fmt.Fprintf(w, "server\t%s: %d of %d links up", v.Name, v.Up, v.Links)
	if v.Trouble != "" {
		fmt.Fprintf(w, ": %s", printable(v.Trouble))
	}
	fmt.Fprintln(w)
}

func showCluster(w io.Writer, c *admin.Cluster) {
	lease := fmt.Sprintf("its lease lasts %.0f s yet", c.LeaseLeft)
	if !c.Valid {
		lease = "WITHOUT A LEASE: it acts for no name"
	}
	fmt.Fprintf(w, "node\t%s, %s, %d names here, %d elsewhere\n", c.Node, lease, c.Claims, c.Names)
	for _, n := range c.Nodes {
		state := "good"
		switch {
		case n.Self:
			continue
		case n.Away:
			state = "does not answer"
		case n.Behind:
			state = "behind"
		}
		fmt.Fprintf(w, "node\t%s: %s, %s queued\n", n.Name, state, size(n.Queued))
	}
	fmt.Fprintf(w, "between nodes\t%d stanzas sent, %d received, %d of unknown fate\n", c.Sent, c.Received, c.Unknown)
}

func showCounts(w io.Writer, what string, counts []admin.Count) {
	for _, c := range counts {
		if c.Count > 0 {
			fmt.Fprintf(w, "%s\t%s: %d\n", what, c.Name, c.Count)
		}
	}
}

func showComponents(w io.Writer, answer []byte) error {
	return show(w, answer, func(w io.Writer, all *[]admin.Component) {
		if len(*all) == 0 {
			fmt.Fprintln(w, "no component is connected")
			return
		}
		fmt.Fprintln(w, "NAME\tPEER\tLISTENER\tIN\tOUT\tQUEUED\tSTATE")
		for _, c := range *all {
			name := c.Name
			if c.Subdomain {
				name += ".*"
			}
			states := c.Held
			if c.Behind > 0 {
				states = append(states, fmt.Sprintf("behind for %.0fs", c.Behind))
			}
			state := cmp.Or(strings.Join(states, ","), "good")
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", name, cmp.Or(c.Peer, "-"), c.Listener, c.In, c.Out, size(int64(c.Queued)), state)
		}
	})
}

func showUpstreams(w io.Writer, answer []byte) error {
	return show(w, answer, func(w io.Writer, all *[]admin.Link) {
		if len(*all) == 0 {
			fmt.Fprintln(w, "no links: there is no [[upstream]], or no component that needs one")
			return
		}
		fmt.Fprintln(w, "COMPONENT\tSERVER\tSTATE\tSINCE\tPARKED\tTROUBLE")
		for _, l := range *all {
			since := "-"
			if !l.Since.IsZero() {
				since = l.Since.Local().Format(time.DateTime)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", l.Component, l.Upstream, l.State, since, l.Parked, cmp.Or(heldBy(l), l.Problem, l.Refused, "-"))
		}
	})
}

// heldBy says which other node holds a link; empty if none does.
func heldBy(l admin.Link) string {
	if l.HeldBy == "" {
		return ""
	}
	return "held by node " + l.HeldBy
}

func showExplanation(w io.Writer, answer []byte) error {
	return show(w, answer, func(w io.Writer, e *admin.Explanation) {
		fmt.Fprintf(w, "from\t%s, %s\n", e.From, senderOf(e))
		fmt.Fprintf(w, "to\t%s\n", e.To)
		fmt.Fprintf(w, "goes to\t%s\n", strings.TrimSpace(e.Kind+" "+e.Name))
		if e.Node != "" && e.Instance != 0 {
			fmt.Fprintf(w, "instance\t%d, %s, on node %s\n", e.Instance, oneOf(len(e.Instances)), e.Node)
		} else if e.Instance != 0 {
			fmt.Fprintf(w, "instance\t%d, %s, by listener %s\n", e.Instance, oneOf(len(e.Instances)), e.Listener)
		}
		if e.Rule != "" {
			fmt.Fprintf(w, "rule\t%s\n", e.Rule)
		}
		fmt.Fprintf(w, "verdict\t%s\n", e.Verdict)
		if why := because(e); why != "" {
			fmt.Fprintf(w, "because\t%s\n", why)
		}
	})
}

// oneOf says among how many an instance is.
func oneOf(n int) string {
	if n == 1 {
		return "the only one"
	}
	return fmt.Sprintf("one of %d", n)
}

// because says what is behind a verdict that does not speak for itself.
func because(e *admin.Explanation) string {
	switch {
	case e.Awaited:
		return "a component with that name has left a moment ago, and is not asked for at a server"
	case e.Kind == "nowhere":
		return "no component is connected with that name, and neither general.hosts nor an [[upstream]] takes it"
	case e.Kind == "upstream" && e.Sender == "":
		return "only components speak to a server, and none is connected with the sender's domain"
	case e.Kind == "upstream" && strings.HasPrefix(e.Verdict, "waits"):
		return "no link of " + e.Sender + " to a server is up: weir upstreams says why"
	}
	return ""
}

func senderOf(e *admin.Explanation) string {
	if e.Sender == "" {
		return "of a domain that no component serves"
	}
	return "of component " + e.Sender
}

func showDone(w io.Writer, answer []byte) error {
	return show(w, answer, func(w io.Writer, d *admin.Done) { fmt.Fprintf(w, "streams\t%d\n", d.Streams) })
}

func showUpgraded(w io.Writer, answer []byte) error {
	return show(w, answer, func(w io.Writer, u *admin.Upgraded) {
		fmt.Fprintf(w, "the new weir serves, process\t%d\nstreams stood still for\t%.1f ms\n", u.PID, u.PauseMS)
	})
}

func showReloaded(w io.Writer, answer []byte) error {
	return show(w, answer, func(w io.Writer, r *admin.Reloaded) {
		if len(r.Changes) == 0 {
			fmt.Fprintln(w, "nothing has changed")
		}
		for _, c := range r.Changes {
			fmt.Fprintln(w, c)
		}
	})
}

func showNothing(io.Writer, []byte) error { return nil }
