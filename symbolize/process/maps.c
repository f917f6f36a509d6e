// SPDX-License-Identifier: BSD-2-Clause
/* maps.c - see maps.h. */
#include "symbolize/process/maps.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#define DELETED	    " (deleted)"
#define DELETED_LEN (sizeof(DELETED) - 1)

struct maps_cursor {
	const char *at, *end;
};

static int digit_value(char c, int base)
{
	int value;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else
		return -1;
	return value < base ? value : -1;
}

/* Take a number of at least one digit, and STOP, which must follow it. */
static bool take_number(struct maps_cursor *c, int base, char stop, uint64_t *out)
{
	const char *first = c->at;
	uint64_t value = 0;
	int digit;

	for (; c->at < c->end && (digit = digit_value(*c->at, base)) >= 0; c->at++) {
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	if (c->at == first || c->at == c->end || *c->at != stop)
		return false;
	c->at++;
	*out = value;
	return true;
}

/* Take the inode, which ends an anonymous mapping's line; on old kernels no blank follows. */
static bool take_last_number(struct maps_cursor *c, uint64_t *out)
{
	uint64_t value = 0;
	const char *first = c->at;

	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
		if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*c->at - '0'), &value))
			return false;
	}
	*out = value;
	return c->at > first && (c->at == c->end || *c->at == ' ');
}

void mapping_set_path(struct mapping *m, const char *path, size_t len)
{
	m->path = path;
	m->path_len = len;
	m->deleted = false;
	if (len > DELETED_LEN && !memcmp(path + len - DELETED_LEN, DELETED, DELETED_LEN)) {
		m->deleted = true;
		m->path_len -= DELETED_LEN;
	}
}

int maps_parse_line(const char *line, size_t len, struct mapping *out)
{
	struct maps_cursor c = { line, line + len };
	struct mapping m = { 0 };
	uint64_t major, minor;

	*out = m;
	if (len && line[len - 1] == '\n')
		c.end--;
	if (!take_number(&c, 16, '-', &m.start) || !take_number(&c, 16, ' ', &m.end))
		return -EINVAL;
	if (m.start >= m.end || c.end - c.at < 5 || c.at[4] != ' ')
		return -EINVAL;
	m.exec = c.at[2] == 'x';
	c.at += 5;
	if (!take_number(&c, 16, ' ', &m.off) || !take_number(&c, 16, ':', &major) ||
	    !take_number(&c, 16, ' ', &minor) || !take_last_number(&c, &m.inode))
		return -EINVAL;
	m.dev = makedev(major, minor);
	while (c.at < c.end && *c.at == ' ')
		c.at++;
	mapping_set_path(&m, c.at, c.end - c.at);
	*out = m;
	return 0;
}
