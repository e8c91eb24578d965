// SPDX-License-Identifier: Apache-2.0

package config

import "fmt"

// Diff says, a line for each key, what a reload from old to new would change.
// That a secret changed is said, not what it is.
func Diff(old, new *Config) []string {
	before, after := old.byID(), new.byID()
	var lines []string
	for _, s := range old.sections() {
		if _, stays := after[s.title()]; !stays && s.removable() {
			lines = append(lines, s.title()+": removed")
		}
	}
	for _, s := range new.sections() {
		b, was := before[s.title()]
		if !was {
			if s.removable() {
				lines = append(lines, s.title()+": added")
			}
			continue
		}
		lines = append(lines, s.diff(b)...)
	}
	return lines
}

// KeepForRestart gives c the values of running for the keys that a reload does
// not change, so that c tells what is in force.
func (c *Config) KeepForRestart(running *Config) {
	c.Engine.Driver, c.Engine.Loops = running.Engine.Driver, running.Engine.Loops
	c.Admin.Address, c.Admin.Socket = running.Admin.Address, running.Admin.Socket
	c.Cluster = running.Cluster
}

func (c *Config) byID() map[string]section {
	m := map[string]section{}
	for _, s := range c.sections() {
		m[s.title()] = s
	}
	return m
}

func (s section) title() string {
	if s.id == "" {
		return s.header
	}
	return s.header + " " + s.id
}

// removable says that the section is one of any number.
func (s section) removable() bool { return s.id != "" || s.keys == "shaper.NAME" }

// diff compares s with what it was.
func (s section) diff(was section) []string {
	old := map[string]field{}
	for _, f := range was.fields {
		old[f.name] = f
	}
	var lines []string
	for _, f := range s.fields {
		before, there := old[f.name]
		delete(old, f.name)
		if there && before.reveal() == f.reveal() {
			continue
		}
		lines = append(lines, s.title()+": "+f.change(before))
	}
	for _, f := range was.fields {
		if _, gone := old[f.name]; gone {
			lines = append(lines, fmt.Sprintf("%s: %s: removed, was %s", s.title(), f.name, f.show()))
		}
	}
	return lines
}

func (f field) reveal() string {
	if f.raw != nil {
		return f.raw()
	}
	return f.show()
}

// change words the step from before, which may be the zero field.
func (f field) change(before field) string {
	note := ""
	if f.restart {
		note = " (needs a restart)"
	}
	was := ""
	if before.show != nil {
		was = before.show()
	}
	switch is := f.show(); {
	case was == is:
		return f.name + ": changed" + note
	case was == "":
		return fmt.Sprintf("%s: %s, was not set%s", f.name, is, note)
	case is == "":
		return fmt.Sprintf("%s: not set, was %s%s", f.name, was, note)
	default:
		return fmt.Sprintf("%s: %s, was %s%s", f.name, is, was, note)
	}
}
