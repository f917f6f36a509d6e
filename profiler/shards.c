// SPDX-License-Identifier: BSD-2-Clause
/* shards.c - see shards.h. */
#include "profiler/shards.h"
#include "profiler/pool.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHARD_BYTES   (UNWIND_SHARD_ROWS * sizeof(struct unwind_row))
#define SHARDS_MAPPED 4 /* at a time: all of a mapped BPF array counts as our memory */

struct shard {
	int fd;			 /* -1: plain memory, always mapped */
	struct unwind_row *rows; /* NULL: not mapped at the moment */
	uint64_t used;		 /* a count of uses, to unmap the oldest first */
};

struct shards {
	int map_fd;
	struct shard shards[UNWIND_SHARDS];
	size_t cnt, max, mapped_cnt;
	uint64_t uses;
	struct pool rows;
};

static int map_shard(struct shard *shard)
{
	int flags = shard->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *rows = mmap(NULL, SHARD_BYTES, PROT_READ | PROT_WRITE, flags, shard->fd, 0);

	if (rows == MAP_FAILED)
		return -ENOMEM;
	shard->rows = rows;
	return 0;
}

/* An array that the program finds by its INDEX. */
static int make_map(const struct shards *s, __u32 index, int *fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	*fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "rows", sizeof(__u32), sizeof(struct unwind_row),
			     UNWIND_SHARD_ROWS, &opts);
	if (*fd < 0)
		return *fd;
	return bpf_map_update_elem(s->map_fd, &index, fd, BPF_ANY) ? -errno : 0;
}

static void free_shard(struct shard *shard)
{
	if (shard->rows)
		munmap(shard->rows, SHARD_BYTES);
	if (shard->fd >= 0)
		close(shard->fd);
}

static int add_shard(struct shards *s)
{
	struct shard *shard = &s->shards[s->cnt];
	__u32 index = (__u32)s->cnt;
	int err;

	if (s->cnt == s->max)
		return -ENOSPC;
	*shard = (struct shard){ .fd = -1 };
	err = s->map_fd < 0 ? map_shard(shard) : make_map(s, index, &shard->fd);
	if (!err)
		err = pool_give(&s->rows, index << UNWIND_SHARD_BITS, UNWIND_SHARD_ROWS);
	if (err) {
		free_shard(shard);
		return err;
	}
	s->cnt++;
	return 0;
}

int shards_take(struct shards *s, uint32_t cnt, uint32_t *first)
{
	int err = pool_take(&s->rows, cnt, first);

	if (err != -ENOSPC)
		return err;
	err = add_shard(s);
	return err ? err : pool_take(&s->rows, cnt, first);
}

void shards_give(struct shards *s, uint32_t first, uint32_t cnt)
{
	pool_give(&s->rows, first, cnt);
}

static void unmap_oldest(struct shards *s)
{
	struct shard *oldest = NULL;

	for (size_t i = 0; i < s->cnt; i++) {
		if (s->shards[i].rows && (!oldest || s->shards[i].used < oldest->used))
			oldest = &s->shards[i];
	}
	munmap(oldest->rows, SHARD_BYTES);
	oldest->rows = NULL;
	s->mapped_cnt--;
}

struct unwind_row *shards_rows(struct shards *s, uint32_t first)
{
	struct shard *shard = &s->shards[first >> UNWIND_SHARD_BITS];

	shard->used = ++s->uses;
	if (!shard->rows) {
		if (s->mapped_cnt == SHARDS_MAPPED)
			unmap_oldest(s);
		if (map_shard(shard))
			return NULL;
		s->mapped_cnt++;
	}
	return &shard->rows[first & (UNWIND_SHARD_ROWS - 1)];
}

size_t shards_bytes(const struct shards *s)
{
	return s->cnt * SHARD_BYTES;
}

int shards_open(int map_fd, size_t mem_max, struct shards **out)
{
	struct shards *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return -ENOMEM;
	s->map_fd = map_fd;
	s->max = mem_max / SHARD_BYTES;
	if (s->max > UNWIND_SHARDS)
		s->max = UNWIND_SHARDS;
	pool_init(&s->rows, UNWIND_SHARD_ROWS);
	return 0;
}

void shards_close(struct shards *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->cnt; i++)
		free_shard(&s->shards[i]);
	pool_fini(&s->rows);
	free(s);
}
