// SPDX-License-Identifier: Apache-2.0

// Command picture makes the README's picture of the latest results, in light and
// in dark, with a headless Chromium:
//
//		go run ./bench/picture -results bench/results -o docs/benchmark
//
//	  - main.go    which results, and where to
//	  - browser.go a page as the browser shows it
//	  - trim.go    what is left of that: no empty rows, few colours
package main
