// SPDX-License-Identifier: Apache-2.0

package stanza

import "testing"

func TestKindOf(t *testing.T) {
	for _, r := range []struct {
		raw  string
		want Kind
	}{
		{"<message/>", Message},
		{"<message type='chat'/>", Message},
		{"<message type='error'/>", MessageError},
		{"<message type='&#101;rror'/>", MessageError},
		{"<message type='Error'/>", Message},
		{"<presence type='unavailable'/>", Presence},
		{"<presence type='error'/>", PresenceError},
		{"<iq type='result'/>", IQ},
		{"<iq type='error'/>", IQError},
		{"<iq xmlns='jabber:client'/>", IQ},
		{"<iq xmlns='jabber:server'/>", IQ},
		{"<iq xmlns='jabber:component:connect'/>", Other},
		{"<p:iq xmlns:p='jabber:client'/>", Other},
		{"<IQ/>", Other},
		{"<handshake/>", Other},
	} {
		st, _ := scanned(t, "", r.raw)
		if got := KindOf(st); got != r.want {
			t.Errorf("%s: %d, want %d", r.raw, got, r.want)
		}
		if r.want.Routable() != (r.want != Other) || r.want.String() != "other" && r.want.String() != string(st.Local()) {
			t.Errorf("%s: %v", r.raw, r.want)
		}
	}
}

func TestQuestions(t *testing.T) {
	for _, r := range []struct {
		raw                   string
		asks, answers, refuse bool
	}{
		{"<iq type='get'/>", true, false, true},
		{"<iq type='set'/>", true, false, true},
		{"<iq type='result'/>", false, true, false},
		{"<iq type='error'/>", false, true, false},
		{"<iq/>", false, false, true},
		{"<message type='get'/>", false, false, true},
		{"<message type='error'/>", false, false, false},
		{"<presence type='result'/>", false, false, false},
		{"<presence/>", false, false, true},
	} {
		st, _ := scanned(t, "", r.raw)
		if IsRequest(st) != r.asks || IsAnswer(st) != r.answers || TakesError(st) != r.refuse {
			t.Errorf("%s: asks %v, answers %v, takes an error %v", r.raw, IsRequest(st), IsAnswer(st), TakesError(st))
		}
	}
}
