/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xml.h - hostile bytes as text of an XML 1.0 document.
 *
 * The input is any bytes, meant as UTF-8.  Control characters become `?`; bytes
 * that are not UTF-8, characters that XML forbids, and controls of writing
 * direction, which would turn the text after them around, become U+FFFD.
 *
 * Source:    XML 1.0 (5th ed.) 2.2 Characters; Unicode 15, 3.9 (UTF-8).
 */
#ifndef FLAMEGRAPH_XML_H
#define FLAMEGRAPH_XML_H

#include <stddef.h>

struct out;

/* Write S for use in content or in a quoted attribute. */
void xml_write(struct out *o, const char *s, size_t len);

/* Write S for use inside the quotes of a JSON string, which may stand in an HTML script. */
void xml_write_json(struct out *o, const char *s, size_t len);

/*
 * Return how many of the LEN bytes of S fit into COLUMNS columns of a fixed-width font, in
 * which East Asian characters and pictures take two.
 */
size_t xml_fit(const char *s, size_t len, size_t columns);

#endif /* FLAMEGRAPH_XML_H */
