// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package cluster

import (
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"weir/internal/cluster/natsd/natsdtest"
)

// A question that wants its answer somewhere else than in an inbox gets none: who asks would else have us write where
// only we may.
func TestAnswersGoToInboxesOnly(t *testing.T) {
	server := natsdtest.One(t)
	connect := func() *nats.Conn {
		c, err := nats.Connect("", nats.InProcessServer(server))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	us, them := connect(), connect()
	a := &asker{conn: us, self: "aaaaaaaaaa", log: slog.New(slog.DiscardHandler)}
	if err := a.Serve(func([]byte) []byte { return []byte{answerServes} }); err != nil {
		t.Fatal(err)
	}
	if err := us.Flush(); err != nil {
		t.Fatal(err)
	}
	answers, err := them.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	for _, reply := range []string{"$KV.WEIR.c.example.bot", "xp.n.bbbbbbbbbb.aaaaaaaaaa.0", "_INBOX_cccccccccc.1"} {
		if err := them.PublishRequest(askPrefix+"aaaaaaaaaa", reply, []byte("0123456789012345bot.example")); err != nil {
			t.Fatal(err)
		}
	}
	for {
		m, err := answers.NextMsg(30 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		switch m.Subject {
		case askPrefix + "aaaaaaaaaa":
		case "_INBOX_cccccccccc.1":
			return // the last: answers come in the order of the questions
		default:
			t.Errorf("an answer at %s", m.Subject)
		}
	}
}
