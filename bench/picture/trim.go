// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
)

// colours is how many a picture may have: what a byte can number.
const colours = 256

// trim cuts the empty rows below a picture off and leaves it its most frequent
// colours, which makes it a third as large.
func trim(shot []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	area := full.Bounds()
	for area.Dy() > 1 && empty(full, area.Max.Y-1) {
		area.Max.Y--
	}
	area.Max.Y = min(area.Max.Y+area.Dx()/40, full.Bounds().Max.Y) // a margin
	flat := image.NewPaletted(image.Rect(0, 0, area.Dx(), area.Dy()), palette(full, area))
	draw.Draw(flat, flat.Bounds(), full, area.Min, draw.Src)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&out, flat)
	return out.Bytes(), err
}

// empty says whether a row has one colour only.
func empty(m image.Image, y int) bool {
	first := m.At(m.Bounds().Min.X, y)
	for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
		if m.At(x, y) != first {
			return false
		}
	}
	return true
}

// palette gives the most frequent colours.
func palette(m image.Image, area image.Rectangle) color.Palette {
	count := map[color.Color]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[m.At(x, y)]++
		}
	}
	var all color.Palette
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.Color) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(order(a), order(b)))
	})
	return all[:min(len(all), colours)]
}

// order makes the palette the same every time.
func order(c color.Color) uint64 {
	r, g, b, a := c.RGBA()
	return uint64(r)<<48 | uint64(g)<<32 | uint64(b)<<16 | uint64(a)
}
