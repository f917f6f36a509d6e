// SPDX-License-Identifier: BSD-2-Clause
/* line_program.c - makes the rows of a line table, for some addresses; see dwarf/lines.h. */
#include "symbolize/dwarf/lines.h"

#include <dwarf.h>

/* The registers that end up in a row: DWARF 5, 6.2.2. */
struct line_row {
	uint64_t vaddr;
	uint32_t op_index, file, line, discriminator;
};

struct machine {
	const struct dwarf_lines *lines;
	struct cursor c;
	struct dwarf_spot *spots;
	size_t cnt, left;
	struct line_row now, last; /* `last`, the row before, reaches up to `now` */
	bool has_last;
	size_t next; /* the first spot at or above `next_vaddr` */
	uint64_t next_vaddr;
};

static void begin_sequence(struct machine *m)
{
	m->now = (struct line_row){ .file = 1, .line = 1 };
	m->has_last = false;
}

/* Give the spots between the last row and this one the last one's line. */
static void set_lines(struct machine *m)
{
	size_t i = m->next, first;

	if (m->next_vaddr > m->last.vaddr || (i < m->cnt && m->spots[i].vaddr < m->last.vaddr))
		i = dwarf_spot_lower_bound(m->spots, m->cnt, m->last.vaddr);
	first = i;
	for (; i < m->cnt && m->spots[i].vaddr < m->now.vaddr; i++) {
		struct dwarf_spot *spot = &m->spots[i];

		if (spot->has_line)
			continue;
		spot->has_line = true;
		spot->file = m->last.file;
		spot->line = m->last.line;
		spot->discriminator = m->last.discriminator;
		m->left--;
	}
	if (!dwarf_meter_take(m->lines->meter, i - first))
		m->c.bad = true;
	m->next = i;
	m->next_vaddr = m->now.vaddr;
}

static void add_row(struct machine *m)
{
	/* Of rows at one address the last one counts. */
	if (m->has_last && m->last.vaddr < m->now.vaddr)
		set_lines(m);
	m->last = m->now;
	m->has_last = true;
	m->now.discriminator = 0;
}

static void advance(struct machine *m, uint64_t operations)
{
	const struct dwarf_lines *l = m->lines;

	if (l->max_ops == 1) {
		m->now.vaddr += operations * l->min_inst;
		return;
	}
	operations += m->now.op_index;
	m->now.vaddr += operations / l->max_ops * l->min_inst;
	m->now.op_index = operations % l->max_ops;
}

static void run_extended(struct machine *m)
{
	uint64_t len = cursor_uleb(&m->c);
	struct cursor c = m->c;

	cursor_skip(&m->c, len);
	if (!len || m->c.bad)
		return;
	c.end = c.at + len;
	switch (cursor_u8(&c)) {
	case DW_LNE_end_sequence:
		add_row(m);
		begin_sequence(m);
		break;
	case DW_LNE_set_address:
		/* The length tells the size: the header of DWARF 2 to 4 has none. */
		if (len == 9 || len == 5)
			m->now.vaddr = cursor_sized(&c, (unsigned int)len - 1);
		m->now.op_index = 0;
		break;
	case DW_LNE_set_discriminator:
		m->now.discriminator = (uint32_t)cursor_uleb(&c);
		break;
	default: /* no compiler uses DW_LNE_define_file */
		break;
	}
}

static void run_standard(struct machine *m, uint8_t opcode)
{
	switch (opcode) {
	case DW_LNS_copy:
		add_row(m);
		break;
	case DW_LNS_advance_pc:
		advance(m, cursor_uleb(&m->c));
		break;
	case DW_LNS_advance_line:
		m->now.line += (uint32_t)cursor_sleb(&m->c);
		break;
	case DW_LNS_set_file:
		m->now.file = (uint32_t)cursor_uleb(&m->c);
		break;
	case DW_LNS_const_add_pc:
		advance(m, (255u - m->lines->opcode_base) / m->lines->line_range);
		break;
	case DW_LNS_fixed_advance_pc:
		m->now.vaddr += cursor_u16(&m->c);
		m->now.op_index = 0;
		break;
	default: /* it sets a flag of a row, or is of a later version */
		for (uint8_t i = m->lines->operand_cnts[opcode - 1]; i; i--)
			cursor_skip_leb(&m->c);
	}
}

void dwarf_lines_find(const struct dwarf_lines *lines, struct dwarf_spot *spots, size_t cnt)
{
	struct machine m = { .lines = lines, .c = lines->program, .spots = spots };

	m.cnt = m.left = cnt;
	begin_sequence(&m);
	while (m.left && !m.c.bad && cursor_left(&m.c) && dwarf_meter_take(lines->meter, 1)) {
		uint8_t opcode = cursor_u8(&m.c), special = opcode - lines->opcode_base;

		if (opcode >= lines->opcode_base) {
			advance(&m, special / lines->line_range);
			m.now.line += (uint32_t)(lines->line_base + special % lines->line_range);
			add_row(&m);
		} else if (opcode) {
			run_standard(&m, opcode);
		} else {
			run_extended(&m);
		}
	}
}
