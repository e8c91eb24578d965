/* SPDX-License-Identifier: Apache-2.0 */

/* The libxml2 oracle: SAX2, namespace errors count. */

#include <libxml/parser.h>
#include "record.h"

static int depth, children, refused;

static void put_name(const xmlChar *local, const xmlChar *uri) {
	const char *u = uri ? (const char *)uri : "";
	put_string(u, strlen(u));
	put_string((const char *)local, strlen((const char *)local));
}

static void put_attr(int n, const xmlChar **a, const char *local, const char *uri) {
	for (int i = 0; i < n; i++, a += 5) {
		int same_ns = uri ? a[2] && !strcmp((const char *)a[2], uri) : !a[2];
		if (same_ns && !strcmp((const char *)a[0], local)) {
			put_string((const char *)a[3], (size_t)(a[4] - a[3]));
			return;
		}
	}
	put("-", 1);
}

static void on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int nns,
		const xmlChar **ns, int natts, int ndef, const xmlChar **atts) {
	(void)ctx, (void)prefix, (void)nns, (void)ns, (void)ndef;
	if (depth == 1) {
		children = 0;
		put("S", 1);
		put_name(local, uri);
		put_attr(natts, atts, "from", NULL);
		put_attr(natts, atts, "to", NULL);
		put_attr(natts, atts, "type", NULL);
		put_attr(natts, atts, "id", NULL);
		put_attr(natts, atts, "lang", "http://www.w3.org/XML/1998/namespace");
	} else if (depth == 2 && children++ == 0) {
		put("P", 1);
		put_name(local, uri);
	}
	depth++;
}

static void on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri) {
	(void)ctx, (void)local, (void)prefix, (void)uri;
	depth--;
}
static void on_comment(void *ctx, const xmlChar *v) { (void)ctx, (void)v; refused = 1; }
static void on_pi(void *ctx, const xmlChar *t, const xmlChar *d) { (void)ctx, (void)t, (void)d; refused = 1; }
static void on_doctype(void *ctx, const xmlChar *n, const xmlChar *e, const xmlChar *s) {
	(void)ctx, (void)n, (void)e, (void)s;
	refused = 1;
}

/* What a namespace name must look like is advice to authors; anything else is a fault. */
static void on_error(void *ctx, const xmlError *e) {
	(void)ctx;
	if (e->level >= XML_ERR_ERROR && e->code != XML_WAR_NS_URI && e->code != XML_WAR_NS_URI_RELATIVE) refused = 1;
}

int main(void) {
	char *doc;
	size_t n;
	xmlSAXHandler sax = {0};
	sax.initialized = XML_SAX2_MAGIC;
	sax.startElementNs = on_start;
	sax.endElementNs = on_end;
	sax.comment = on_comment;
	sax.processingInstruction = on_pi;
	sax.internalSubset = on_doctype;
	sax.serror = (xmlStructuredErrorFunc)on_error;
	while (read_document(&doc, &n)) {
		depth = children = refused = 0;
		xmlParserCtxtPtr ctxt = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
		xmlCtxtUseOptions(ctxt, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT);
		xmlParseChunk(ctxt, doc, (int)n, 1);
		write_record(ctxt->wellFormed && !refused);
		xmlFreeParserCtxt(ctxt);
	}
	return 0;
}
