// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package config

// clusterBuilt says that this program has a cluster in it.
const clusterBuilt = true
