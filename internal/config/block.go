// SPDX-License-Identifier: Apache-2.0

package config

import "slices"

// block is a TOML table at its place.
type block struct {
	src   *source
	path  path
	items map[string]any
	meant []string // keys that those which are none are probably meant to be
}

func (b *block) has(key string) bool { _, ok := b.items[key]; return ok }

// cell is the value of a key, nil if it is not there.
func (b *block) cell(key string) cell { return cell{b.src, b.path.with(key), b.items[key]} }

// fail tells a mistake of a key that need not be there: then the line is the
// table's.
func (b *block) fail(key, format string, args ...any) {
	b.src.fail(b.path.with(key), format, args...)
}

// read gives every field its value, if the file has one.
func (b *block) read(fields []field) {
	for _, f := range fields {
		if b.has(f.name) {
			f.read(b.cell(f.name))
		}
	}
}

// known reports every key that is none of the names, with the nearest of them.
func (b *block) known(names ...string) {
	for _, key := range b.keys() {
		if slices.Contains(names, key) {
			continue
		}
		if now := renamed[key]; slices.Contains(names, now) {
			b.fail(key, "is the old name of %s", now)
			b.meant = append(b.meant, now)
			continue
		}
		likely, advice := b.advise(key, names)
		b.fail(key, "is not a key of %s%s", b.name(), advice)
		b.meant = append(b.meant, likely)
	}
}

// lacks says that none of the keys is there, not even mistyped, which known has
// told already: one mistake is told once.
func (b *block) lacks(keys ...string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool { return b.has(key) || slices.Contains(b.meant, key) })
}

func (b *block) name() string {
	if len(b.path) == 0 {
		return "the file"
	}
	return "[" + b.path.String() + "]"
}

// keys are in the order of the alphabet: a map has none.
func (b *block) keys() []string {
	keys := make([]string, 0, len(b.items))
	for k := range b.items {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// sub is the table below key; an empty one if it is absent or, which is told,
// no table.
func (b *block) sub(key string) *block {
	c := b.cell(key)
	s, ok := c.block()
	if !ok && b.has(key) {
		c.fail("is %s, allowed: %s", kind(c.v), tableAt(c.path))
	}
	return s
}

// tableAt says what may stand at p, where a table does.
func tableAt(p path) string {
	switch {
	case len(p) == 1 && p[0].key == "listen":
		return "listeners, each written " + listenerHeader
	case len(p) == 2 && p[0].key == "shaper" && p[1].key == "max_rate":
		return "shapers with a name, written [shaper.NAME], with max_rate in it"
	case len(p) == 2 && p[0].key == "shaper":
		return "a table, written [" + p.String() + "], with max_rate in it"
	}
	return "a table, written [" + p.String() + "]"
}

// subs are the tables of the array below key.
func (b *block) subs(key string) []*block {
	c := b.cell(key)
	cells, ok := c.list()
	if !ok {
		if b.has(key) {
			c.fail("is %s, allowed: an array of tables, written [[%s]]", kind(c.v), c.path)
		}
		return nil
	}
	var ts []*block
	for _, e := range cells {
		if s, ok := e.block(); ok {
			ts = append(ts, s)
		} else {
			e.fail("holds %s, allowed: tables", kind(e.v))
		}
	}
	return ts
}
