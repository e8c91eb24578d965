/* SPDX-License-Identifier: Apache-2.0 */

/* The expat oracle: namespace processing on, and what RFC 6120 §11.1 forbids refused. */

#include <expat.h>
#include "record.h"

#define SEP '\x1f' /* no XML document can hold it */

static XML_Parser parser;
static int depth, children, refused;

static void refuse(void) {
	refused = 1;
	XML_StopParser(parser, XML_FALSE);
}

static void put_name(const char *name) {
	const char *s = strchr(name, SEP);
	put_string(name, s ? (size_t)(s - name) : 0);
	s = s ? s + 1 : name;
	put_string(s, strlen(s));
}

static void put_attr(const char **atts, const char *want) {
	for (; *atts; atts += 2)
		if (!strcmp(atts[0], want)) {
			put_string(atts[1], strlen(atts[1]));
			return;
		}
	put("-", 1);
}

static void XMLCALL on_start(void *u, const char *name, const char **atts) {
	(void)u;
	if (depth == 1) {
		children = 0;
		put("S", 1);
		put_name(name);
		put_attr(atts, "from");
		put_attr(atts, "to");
		put_attr(atts, "type");
		put_attr(atts, "id");
		put_attr(atts, "http://www.w3.org/XML/1998/namespace\x1flang");
	} else if (depth == 2 && children++ == 0) {
		put("P", 1);
		put_name(name);
	}
	depth++;
}

static void XMLCALL on_end(void *u, const char *name) { (void)u, (void)name; depth--; }
static void XMLCALL on_comment(void *u, const char *s) { (void)u, (void)s; refuse(); }
static void XMLCALL on_pi(void *u, const char *t, const char *d) { (void)u, (void)t, (void)d; refuse(); }
static void XMLCALL on_doctype(void *u, const char *n, const char *s, const char *p, int i) {
	(void)u, (void)n, (void)s, (void)p, (void)i;
	refuse();
}

int main(void) {
	char *doc;
	size_t n;
	parser = XML_ParserCreateNS(NULL, SEP);
	while (read_document(&doc, &n)) {
		XML_ParserReset(parser, NULL);
		depth = children = refused = 0;
		XML_SetElementHandler(parser, on_start, on_end);
		XML_SetCommentHandler(parser, on_comment);
		XML_SetProcessingInstructionHandler(parser, on_pi);
		XML_SetStartDoctypeDeclHandler(parser, on_doctype);
		int ok = XML_Parse(parser, doc, (int)n, 1) == XML_STATUS_OK;
		write_record(ok && !refused);
	}
	return 0;
}
