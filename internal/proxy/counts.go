// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"maps"
	"reflect"

	"weir/engine"
	"weir/internal/session"
	"weir/internal/upgrade"
)

// counted is what all loops have counted. They are frozen.
func (p *Proxy) counted() (sum upgrade.Counts) {
	for _, l := range p.engine.Loops() {
		addCounts(&sum, &upgrade.Counts{Engine: l.Count, Session: l.Local.(*session.Local).Count})
	}
	return sum
}

// credit adds what another process has counted to a loop's counters. It runs on
// that loop, or while it is frozen.
func credit(l *engine.Loop, c *upgrade.Counts) {
	lo := l.Local.(*session.Local)
	all := upgrade.Counts{Engine: l.Count, Session: lo.Count}
	addCounts(&all, c)
	l.Count, lo.Count = all.Engine, all.Session
}

// addCounts adds every number of c to those of sum: by reflection, so that none is
// forgotten that comes to be counted.
func addCounts(sum, c *upgrade.Counts) {
	add(reflect.ValueOf(sum).Elem(), reflect.ValueOf(c).Elem(), 1)
}

// add adds from to to so many times.
func add(to, from reflect.Value, times int64) {
	switch to.Kind() {
	case reflect.Int64:
		to.SetInt(to.Int() + times*from.Int())
	case reflect.Struct:
		for i := range to.NumField() {
			add(to.Field(i), from.Field(i), times)
		}
	case reflect.Array:
		for i := range to.Len() {
			add(to.Index(i), from.Index(i), times)
		}
	case reflect.Map:
		addReasons(to.Addr().Interface().(*session.Reasons), from.Interface().(session.Reasons), times)
	default:
		panic("proxy: a counter that cannot be added: " + to.Type().String())
	}
}

// addReasons leaves the map alone that it adds to: somebody may be reading it.
func addReasons(to *session.Reasons, from session.Reasons, times int64) {
	sum := maps.Clone(*to)
	if sum == nil {
		sum = session.Reasons{}
	}
	for reason, n := range from {
		sum[reason] += times * n
	}
	*to = sum
}

// less is what has been counted since then.
func less(now, then *upgrade.Counts) *upgrade.Counts {
	since := new(upgrade.Counts)
	addCounts(since, now)
	add(reflect.ValueOf(since).Elem(), reflect.ValueOf(then).Elem(), -1)
	return since
}
