// SPDX-License-Identifier: Apache-2.0

package bench

// Idle is what connections that do nothing cost.
type Idle struct {
	Connections int     `json:"connections"`
	Seconds     float64 `json:"open_seconds"`         // until all were up
	RSSBefore   int64   `json:"rss_before"`           // bytes, of the server
	RSSOpen     int64   `json:"rss_open"`             // when all were up
	RSSHeld     int64   `json:"rss_held"`             // at the end of the hold
	PerConn     float64 `json:"bytes_per_connection"` // from before to held
	IdleCPU     float64 `json:"idle_cpu"`             // of one core, during the hold
}

func (i *Idle) print(row func(name, format string, args ...any)) {
	row("connections", "%s up in %.1f s", grouped(int64(i.Connections)), i.Seconds)
	if i.RSSBefore > 0 {
		row("server memory", "%.1f MiB before, %.1f open, %.1f held: %.2f KiB a connection",
			mib(i.RSSBefore), mib(i.RSSOpen), mib(i.RSSHeld), i.PerConn/1024)
		row("server idle", "%.1f %% of a core", i.IdleCPU*100)
	}
}
