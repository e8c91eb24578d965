// SPDX-License-Identifier: Apache-2.0

// Package report draws results as one HTML page that needs nothing else: no
// network, no script, no font. It is light or dark as the reader's system is, and
// reads on a phone.
//
//   - report.go  what is on the page, from sets of results
//   - bars.go    bars: one figure for each server
//   - lines.go   lines in a frame with linear or logarithmic axes, as SVG
//   - axis.go    where the ticks of an axis are
//   - page.html  the page: markup and style
//
// The functions are pure; safe for concurrent use.
package report
