/* SPDX-License-Identifier: Apache-2.0 */

/* Times expat as a proxy would use it: namespaces on, a stanza's four addresses looked at. Usage:
 *   expat_time PIECE PASSES < stream
 * feeds the stream in pieces, as many times as told, and prints in nanoseconds of processor time the mean pass and the one that a tenth beat. */

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int depth;
static size_t asked;

static void XMLCALL on_start(void *u, const char *name, const char **atts) {
	(void)u, (void)name;
	if (depth++ != 1) return;
	for (; *atts; atts += 2)
		if (!strcmp(atts[0], "from") || !strcmp(atts[0], "to") || !strcmp(atts[0], "type") || !strcmp(atts[0], "id"))
			asked += strlen(atts[1]);
}

static void XMLCALL on_end(void *u, const char *name) { (void)u, (void)name; depth--; }

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv) {
	size_t cap = 64 << 20, n, at;
	char *data = malloc(cap);
	if (argc != 3 || !data) return 2;
	size_t piece = strtoul(argv[1], NULL, 10);
	int passes = atoi(argv[2]);
	n = fread(data, 1, cap, stdin);
	double total = 0, *took = malloc((size_t)passes * sizeof *took);
	if (!took) return 2;
	for (int i = 0; i < passes; i++) {
		double begin = now();
		XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');
		XML_SetElementHandler(p, on_start, on_end);
		depth = 0;
		for (at = 0; at < n; at += piece)
			if (XML_Parse(p, data + at, (int)(n - at < piece ? n - at : piece), 0) != XML_STATUS_OK) return 1;
		XML_ParserFree(p);
		took[i] = now() - begin;
		total += took[i];
	}
	qsort(took, (size_t)passes, sizeof *took, by_size);
	printf("%.0f %.0f\n", total / passes, took[passes / 10]);
	return asked == 0;
}
