/* SPDX-License-Identifier: Apache-2.0 */

/* What the oracles share: documents come in and records go out on the standard streams, each behind its length
 * (4 bytes, little-endian). A record tells each child of the root and that child's first child, as netstrings,
 * in the words of oracle_test.go, and ends in '.' if the whole document was accepted, in '!' if not. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *record;
static size_t record_len, record_cap;

static void put(const char *b, size_t n) {
	if (record_len + n > record_cap) {
		record_cap = (record_len + n) * 2;
		record = realloc(record, record_cap);
		if (!record) abort();
	}
	memcpy(record + record_len, b, n);
	record_len += n;
}

static void put_string(const char *b, size_t n) {
	char head[32];
	put(head, (size_t)snprintf(head, sizeof head, "%zu:", n));
	put(b, n);
}

static int read_document(char **doc, size_t *n) {
	static char *buf;
	static size_t cap;
	uint32_t len;
	if (fread(&len, 4, 1, stdin) != 1) return 0;
	if (len > cap) {
		cap = len;
		buf = realloc(buf, cap);
		if (!buf) abort();
	}
	if (len && fread(buf, 1, len, stdin) != len) return 0;
	*doc = buf;
	*n = len;
	record_len = 0;
	return 1;
}

static void write_record(int accepted) {
	put(accepted ? "." : "!", 1);
	uint32_t len = (uint32_t)record_len;
	fwrite(&len, 4, 1, stdout);
	fwrite(record, 1, record_len, stdout);
	fflush(stdout);
}
