// SPDX-License-Identifier: Apache-2.0

package config

import "log/slog"

const redacted = "***"

// Secret is text that only a conversion to string reveals: however it is
// printed, logged or marshalled, it shows as ***.
type Secret string

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
