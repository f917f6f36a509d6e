/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_data.h - a profile as the bytes that the HTML page carries.
 *
 * The nodes stand in preorder, siblings sorted by name.  Each is written as
 * varints (seven bits a byte, the low ones first, the high bit says that more follow):
 *
 *	2 * UP + OWN     	UP: how many levels above the node before its parent is;
 *				0: it is a child of the node before
 *	FRAME			in the order of names[]: the most frequent first
 *	SELF			if OWN is 1, in units of 10^-decimals
 *	CHANGE, COLOR		if the profile has changes: zigzag, in the same units; and
 *				COLOR + 7
 *
 * The root is not among them.
 */
#ifndef FLAMEGRAPH_HTML_DATA_H
#define FLAMEGRAPH_HTML_DATA_H

#include <stddef.h>
#include <stdint.h>

struct profile;
struct profile_changes;

struct html_data {
	uint8_t *nodes;
	size_t nodes_len;
	uint32_t node_cnt;
	uint32_t *frames; /* frames of the profile, in the order of their numbers */
	uint32_t frame_cnt;
	unsigned int decimals;
	double change; /* how much the whole profile grew */
};

/*
 * Encode P without the nodes that are lighter than MIN_WEIGHT.  CHANGES may be NULL.
 * Fails with -ENOMEM; html_data_fini() is due in any case.
 */
int html_data_init(struct html_data *data, const struct profile *p, double min_weight,
		   const struct profile_changes *changes);
void html_data_fini(struct html_data *data);

#endif /* FLAMEGRAPH_HTML_DATA_H */
