// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natsdtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// Authority is a NATS server that lets in only who has credentials of it.
type Authority struct {
	Address string
	account nkeys.KeyPair
}

// NewAuthority starts one, closed with the test.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	operator, operatorKey := keys(t, nkeys.CreateOperator)
	account, accountKey := keys(t, nkeys.CreateAccount)
	_, systemKey := keys(t, nkeys.CreateAccount)

	known := &server.MemAccResolver{}
	for _, key := range []string{accountKey, systemKey} {
		claims := jwt.NewAccountClaims(key)
		if key == accountKey {
			claims.Limits.JetStreamLimits = jwt.JetStreamLimits{
				MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit,
			}
		}
		text, err := claims.Encode(operator)
		must(t, err)
		must(t, known.Store(key, text))
	}
	return &Authority{account: account, Address: external(t, &server.Options{
		TrustedKeys: []string{operatorKey}, AccountResolver: known, SystemAccount: systemKey,
	})}
}

// Credentials makes a credentials file of somebody who may publish and subscribe to these subjects and no others.
func (a *Authority) Credentials(t testing.TB, publish, subscribe []string) (file string) {
	t.Helper()
	user, key := keys(t, nkeys.CreateUser)
	claims := jwt.NewUserClaims(key)
	claims.Pub.Allow.Add(publish...)
	claims.Sub.Allow.Add(subscribe...)
	text, err := claims.Encode(a.account)
	must(t, err)
	seed, err := user.Seed()
	must(t, err)
	creds, err := jwt.FormatUserConfig(text, seed)
	must(t, err)
	file = filepath.Join(t.TempDir(), "node.creds")
	must(t, os.WriteFile(file, creds, 0o600))
	return file
}

func keys(t testing.TB, create func() (nkeys.KeyPair, error)) (pair nkeys.KeyPair, public string) {
	t.Helper()
	pair, err := create()
	must(t, err)
	public, err = pair.PublicKey()
	must(t, err)
	return pair, public
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
