// SPDX-License-Identifier: Apache-2.0

package config

// The words for Cluster.Mode.
const (
	ClusterNone     = "none"
	ClusterEmbedded = "embedded"
	ClusterNATS     = "nats"
)

// Cluster is [cluster].
type Cluster struct {
	Mode string // ClusterNone, ClusterEmbedded, ClusterNATS
}

func (k *Cluster) section() section {
	return section{header: "[cluster]", keys: "cluster", fields: []field{
		restart(oneOf("mode", &k.Mode, plain(ClusterNone, ClusterEmbedded, ClusterNATS))),
	}}
}

func readCluster(b *block, k *Cluster) {
	fields := k.section().fields
	b.known(names(fields)...)
	b.read(fields)
	if k.Mode != ClusterNone && !b.src.support.Cluster {
		b.unsupported("mode", quote(k.Mode))
	}
}
