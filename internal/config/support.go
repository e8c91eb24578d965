// SPDX-License-Identifier: Apache-2.0

package config

// Support says which features this program has. A key of a feature it lacks is
// refused: accepted and ignored, it would promise what nobody keeps.
type Support struct {
	IOURing     bool // engine.driver = "io_uring"
	DrainWindow bool // engine.drain_window other than 0
	TLS         bool // [listen.component.tls]
	TLSFiles    bool // its files are read and must fit; off where keys alone are looked at
	Upstream    bool // [[upstream]]
	Admin       bool // [admin]
	Cluster     bool // cluster.mode other than "none"
}

// thisVersion is where a feature is switched on once it is built.
func thisVersion() Support {
	return Support{IOURing: true, DrainWindow: true, TLS: true, TLSFiles: true, Upstream: true, Admin: true, Cluster: clusterBuilt}
}

const notSupported = "not supported by this version"

// unsupported refuses a key, or one value of it.
func (b *block) unsupported(key, what string) {
	if what == "" {
		b.fail(key, "is %s", notSupported)
		return
	}
	b.fail(key, "%s is %s", what, notSupported)
}
