// SPDX-License-Identifier: Apache-2.0

//go:build nocluster

package config

// clusterBuilt: NATS was left out by build tag nocluster.
const clusterBuilt = false
