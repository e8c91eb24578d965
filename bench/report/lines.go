// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"
)

// lines is a chart of lines, drawn as SVG. Its units are pixels of a frame that
// the page scales; small enough that text stays readable on a phone.
type lines struct {
	Title  string
	Name   string // what the axes show, for who cannot see it
	Lines  []line
	XTicks []place
	YTicks []place
	XUnit  string
	YUnit  string
}

const (
	frameWidth  = 420.0
	frameHeight = 230.0
)

type line struct {
	Server string
	Colour int
	Path   string // of an SVG path
	Points []point
}

type point struct {
	X, Y float64
	Text string
}

type place struct {
	At    float64
	Label string
}

// series is the values of a line before it is drawn.
type series struct {
	server string
	colour int
	x, y   []float64
	text   []string // of each point; nil draws no points
}

// draw places the series in the frame.
func (l *lines) draw(x, y axis, all []series) {
	for _, t := range x.ticks {
		l.XTicks = append(l.XTicks, place{t.At * frameWidth, t.Label})
	}
	for _, t := range y.ticks {
		l.YTicks = append(l.YTicks, place{(1 - t.At) * frameHeight, t.Label})
	}
	for _, s := range all {
		ln := line{Server: s.server, Colour: s.colour}
		var path strings.Builder
		for i := range s.x {
			px, py := x.at(s.x[i])*frameWidth, (1-y.at(s.y[i]))*frameHeight
			command := "L"
			if i == 0 {
				command = "M"
			}
			fmt.Fprintf(&path, "%s%.1f %.1f", command, px, py)
			if s.text != nil {
				ln.Points = append(ln.Points, point{px, py, s.text[i]})
			}
		}
		ln.Path = path.String()
		l.Lines = append(l.Lines, ln)
	}
}

// extent gives the smallest and largest value of all series, above zero.
func extent(all []series, of func(series) []float64) (lo, hi float64) {
	for _, s := range all {
		for _, v := range of(s) {
			if v <= 0 {
				continue
			}
			if lo == 0 || v < lo {
				lo = v
			}
			hi = max(hi, v)
		}
	}
	return lo, hi
}
