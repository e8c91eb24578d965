// SPDX-License-Identifier: Apache-2.0

package config

import "weir/internal/shaper"

// noShaper is the name that stands for none.
const noShaper = "none"

// Shaper is [shaper.NAME].
type Shaper struct {
	Name    string
	MaxRate int // bytes per second
}

func (s *Shaper) section() section {
	return section{header: "[shaper." + quoteKey(s.Name) + "]", keys: "shaper.NAME", fields: []field{
		integer("max_rate", &s.MaxRate, 1, shaper.RateMax),
	}}
}

func readShapers(b *block) []Shaper {
	var all []Shaper
	for _, name := range b.keys() {
		if name == noShaper {
			b.fail(name, "is built in and means no shaper, allowed: another name")
			continue
		}
		s := Shaper{Name: name}
		sub := b.sub(name)
		fields := s.section().fields
		sub.known(names(fields)...)
		sub.read(fields)
		if sub.items != nil && sub.lacks("max_rate") {
			sub.fail("max_rate", "is missing, needed: %s, in bytes per second", integers(1, integerMax))
		}
		all = append(all, s)
	}
	return all
}

// rate finds the shaper a listener names; a name that is not defined is told.
func (c *Config) rate(b *block, name string) int {
	if name == noShaper {
		return 0
	}
	known := []string{noShaper}
	for _, s := range c.Shapers {
		if s.Name == name {
			return s.MaxRate
		}
		known = append(known, s.Name)
	}
	b.fail("shaper", "is %s, which is not defined: there is no [shaper.%s]%s",
		quote(name), quoteKey(name), didYouMean(name, known))
	return 0
}
