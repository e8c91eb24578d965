// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// TestUpstreamMetrics: what becomes of links is counted by server, and for how long stanzas have waited is told.
func TestUpstreamMetrics(t *testing.T) {
	server, stranger := xmpptest.StartWeir(t, fixed(t, listener)), xmpptest.StartWeir(t, strings.Replace(listener, secret, "another", 1))
	a := administer(t, listener+strings.ReplaceAll(upstream("server", server.Addr(), "*", "")+upstream("stranger", stranger.Addr(), "stranger.example", ""), upstreamPass, secret))
	is := func(line string) {
		t.Helper()
		re := regexp.MustCompile(`(?m)^` + line + `$`)
		waitUntil(t, line, func() bool { return re.MatchString(a.get("/metrics")) })
	}
	one := dial(t, a.Weir, "one.example")
	is(`weir_upstream_links\{upstream="server",state="up"\} 1`)
	is(`weir_upstream_links_opened_total\{upstream="server"\} 1`)
	is(`weir_upstream_links_refused_total\{upstream="stranger"\} [1-9]\d*`)
	is(`weir_upstream_links_opened_total\{upstream="stranger"\} 0`)
	server.Stop()
	is(`weir_upstream_links_broken_total\{upstream="server"\} 1`)
	is(`weir_upstream_connect_failures_total\{upstream="server"\} [1-9]\d*`)
	one.Send("<message from='one.example' to='ann@elsewhere.example'/>")
	is(`weir_stanzas_parked 1`)
	is(`weir_parked_oldest_seconds (0\.0*)?[1-9].*`)
	xmpptest.StartWeir(t, server.Config())
	is(`weir_upstream_links_opened_total\{upstream="server"\} [2-9]`)
	is(`weir_stanzas_parked 0`)
	is(`weir_parked_oldest_seconds 0`)
}
