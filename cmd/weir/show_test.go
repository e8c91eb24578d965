// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 1 << 20: "1 MiB", 268435456: "256 MiB",
		31614369: "30.15 MiB", 1 << 40: "1 TiB", 5 << 50: "5120 TiB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}

// What a person reads of an answer.
func TestShown(t *testing.T) {
	for name, row := range map[string]struct {
		show   func(w *bytes.Buffer, answer []byte) error
		answer string
		want   []string
	}{
		"status": {func(w *bytes.Buffer, a []byte) error { return showStatus(w, a) },
			`{"ready":true,"bytes_in":2048,"queued_bytes":1536,"limits":[{"name":"queues, bytes","used":0,"max":268435456},{"name":"names","used":1,"max":2}],"servers":[{"name":"a","links":3,"up":2,"trouble":"connection refused"},{"name":"b","links":1,"up":1}]}`,
			[]string{"bytes       2 KiB in, 0 B out", "limit       queues: 0 B of 256 MiB", "limit       names: 1 of 2", "queued      1.5 KiB, 0 B of it for one",
				"server      a: 2 of 3 links up: connection refused\n", "server      b: 1 of 1 links up\n"}},
		"nobody": {func(w *bytes.Buffer, a []byte) error { return showComponents(w, a) }, `[]`, []string{"no component is connected\n"}},
		"no upstream": {func(w *bytes.Buffer, a []byte) error { return showUpstreams(w, a) }, `[]`,
			[]string{"no links: there is no [[upstream]], or no component that needs one"}},
		"nowhere": {func(w *bytes.Buffer, a []byte) error { return showExplanation(w, a) },
			`{"from":"a.example","to":"b.example","kind":"nowhere","verdict":"remote-server-not-found"}`,
			[]string{"goes to  nowhere", "because  no component is connected with that name"}},
		"a sender that no server knows": {func(w *bytes.Buffer, a []byte) error { return showExplanation(w, a) },
			`{"from":"a.example","to":"b.example","kind":"upstream","name":"s","verdict":"remote-server-not-found"}`,
			[]string{"goes to  upstream s\n", "because  only components speak to a server"}},
		"no link": {func(w *bytes.Buffer, a []byte) error { return showExplanation(w, a) },
			`{"from":"a.example","sender":"a.example","to":"b.example","kind":"upstream","name":"s","verdict":"waits until a server can be reached"}`,
			[]string{"because  no link of a.example to a server is up"}},
		"who has just left": {func(w *bytes.Buffer, a []byte) error { return showExplanation(w, a) },
			`{"from":"a.example","to":"b.example","kind":"nowhere","awaited":true,"verdict":"service-unavailable"}`,
			[]string{"because  a component with that name has left a moment ago"}},
		"another version": {func(w *bytes.Buffer, a []byte) error { return showStatus(w, a) }, `[]`, nil},
	} {
		var b bytes.Buffer
		err := row.show(&b, []byte(row.answer))
		if (err != nil) != (row.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range row.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q in:\n%s", name, want, b.String())
			}
		}
	}
}
