// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natsd

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// logger gives the server's lines to slog. What it notes at each start and each route is of use when something is being
// looked for, and is logged at debug level.
type logger struct {
	log *slog.Logger

	mu    sync.Mutex
	fatal string // the first reason for which it could not start
}

func (l *logger) line(level slog.Level, format string, v []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, fmt.Sprintf(format, v...), "part", "nats-server")
	}
}

func (l *logger) Noticef(format string, v ...any) { l.line(slog.LevelDebug, format, v) }
func (l *logger) Warnf(format string, v ...any)   { l.line(slog.LevelWarn, format, v) }
func (l *logger) Errorf(format string, v ...any)  { l.line(slog.LevelError, format, v) }
func (l *logger) Debugf(string, ...any)           {}
func (l *logger) Tracef(string, ...any)           {}

// Fatalf is where the server would end the process. Ours goes on without it, and Start fails.
func (l *logger) Fatalf(format string, v ...any) {
	l.mu.Lock()
	if l.fatal == "" {
		l.fatal = fmt.Sprintf(format, v...)
	}
	l.mu.Unlock()
	l.line(slog.LevelError, format, v)
}

func (l *logger) reason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}
