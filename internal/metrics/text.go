// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/VictoriaMetrics/metrics"
)

// The types of Prometheus that are used.
const (
	counter = "counter"
	gauge   = "gauge"
)

// family is all values of one name.
type family struct {
	name, kind, help string
	values           func(s *Sample, v *values)
}

// values writes a family's values.
type values struct {
	out    *bytes.Buffer
	family *family
}

// put writes a value; labels are names and values in turn.
func (v *values) put(value float64, labels ...string) {
	name := v.family.name + labelled(labels)
	if v.family.kind == counter {
		metrics.WriteCounterFloat64(v.out, name, value)
		return
	}
	metrics.WriteGaugeFloat64(v.out, name, value)
}

// count writes a whole number, which a float would round from 2^53 on.
func (v *values) count(value int64, labels ...string) {
	name, n := v.family.name+labelled(labels), uint64(max(value, 0))
	if v.family.kind == counter {
		metrics.WriteCounterUint64(v.out, name, n)
		return
	}
	metrics.WriteGaugeUint64(v.out, name, n)
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func labelled(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(labels); i += 2 {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(labels[i] + `="` + labelEscapes.Replace(labels[i+1]) + `"`)
	}
	b.WriteByte('}')
	return b.String()
}

// ContentType is that of what Append writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Write writes a sample in Prometheus' text format, with the counters of those
// components that have their own.
func Write(out *bytes.Buffer, s *Sample, names *Names) {
	for _, f := range families(names) {
		fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
		f.values(s, &values{out, &f})
	}
}
