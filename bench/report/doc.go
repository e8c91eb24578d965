// SPDX-License-Identifier: Apache-2.0

// Package report draws results as one HTML page that needs nothing else: no
// network, no script, no font. It is light or dark as the reader's system is, and
// reads on a phone.
//
//   - report.go  what is on the page, from sets of results
//   - traffic.go, fears.go  its sections
//   - drawer.go  what sections are made of
//   - bars.go    bars: one figure for each server
//   - lines.go   lines in a frame with linear or logarithmic axes, as SVG
//   - axis.go    where the ticks of an axis are
//   - picture.go what is made a picture of
//   - page.html, picture.html, parts.html  markup and style
//
// The functions are pure; safe for concurrent use.
package report
