// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"bytes"
	"encoding/gob"
	"reflect"
	"testing"

	"weir/internal/session"
	"weir/internal/upgrade"
)

// fill gives every counter a number of its own.
func fill(v reflect.Value, n *int64) {
	switch v.Kind() {
	case reflect.Int64:
		*n++
		v.SetInt(*n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		*n++
		v.Set(reflect.ValueOf(session.Reasons{"a": *n, "b": 1}))
	}
}

// Whatever is counted is counted on, over an upgrade and after it: a counter of a
// kind that cannot be carried fails here, and not there.
func TestCountsGoOn(t *testing.T) {
	var c, sum, got upgrade.Counts
	n := int64(0)
	fill(reflect.ValueOf(&c).Elem(), &n)
	if n < 20 {
		t.Fatalf("only %d counters", n)
	}
	addCounts(&sum, &c)
	if !reflect.DeepEqual(sum, c) {
		t.Errorf("added to nothing: %+v", sum)
	}
	var wire bytes.Buffer
	if err := gob.NewEncoder(&wire).Encode(&c); err != nil {
		t.Fatal(err)
	}
	if err := gob.NewDecoder(&wire).Decode(&got); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("on the way they become %+v (%v)", got, err)
	}
	addCounts(&sum, &c)
	if back := less(&sum, &c); !reflect.DeepEqual(*back, c) {
		t.Errorf("twice less once: %+v", back)
	}
	if sum.Session.Refused["a"] != 2*c.Session.Refused["a"] {
		t.Error("adding has changed what was added, or has not added")
	}
}
