// SPDX-License-Identifier: Apache-2.0

// Package metrics turns what a running weir has counted into Prometheus' text
// format.
//
//	sample.go    Sample: what is read of the proxy at a scrape
//	text.go      families of values, written
//	histogram.go how often something took how long
//	families.go  every family there is: name, type, help, and where its values come from
//	names.go     Names: counters by component, with a bound on how many
//	cluster.go   the families of a node among others
//	process.go   what the kernel and the runtime know of the process
//
// Nothing is counted here: loops count for themselves, without a lock or an
// atomic operation, and are asked at a scrape. A Names belongs to whoever
// scrapes, one at a time.
//
// testdata/families.golden has the names and types of all families. Dashboards,
// alerts and docs/METRICS.md are held to it by a test: a name that operators
// have written into their rules is not changed in passing.
//
// Not here: HTTP (internal/admin), and asking the loops (internal/proxy).
package metrics
