// SPDX-License-Identifier: Apache-2.0

// Package clustertest is what a registry's store must do and what registries over
// it then promise, as tests that run over any store: the model in memory and NATS,
// one server and three. So what is tried on the model, with faults that no real
// store has on request, says something about the real one.
//
//	suite.go  Store and Registry: the suite's entrances; World
//	store.go  compare-and-set, expiry, watches
//	claim.go  conflicts, kick_old, balance, races
//	life.go   nodes that die, freeze, restart, and stores that forget
//	node.go   one node of a test
package clustertest
